// IndexedDB in promises: one database, and transactions that are on the disk when they say so.

const VERSION = 1;
const STORES = ["reports", "epochs", "marks"];

/** Open the database, made where there was none. */
export function openDatabase(name, indexedDB = globalThis.indexedDB) {
  const asked = indexedDB.open(name, VERSION);
  asked.onupgradeneeded = () => {
    for (const store of STORES) asked.result.createObjectStore(store);
  };
  return settled(asked);
}

/** Throw the whole database away. */
export function deleteDatabase(name, indexedDB = globalThis.indexedDB) {
  return settled(indexedDB.deleteDatabase(name));
}

/**
 * Do work in one transaction: all of it is written, or nothing. `work` gets the three stores, and may await only what
 * `settled` makes of their requests: a transaction ends by itself as soon as nothing is asked of it.
 */
export async function transact(database, mode, work) {
  const transaction = database.transaction(STORES, mode, { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
  });
  done.catch(() => {}); // told by whoever awaits it below
  const [reports, epochs, marks] = STORES.map((one) => transaction.objectStore(one));
  let result;
  try {
    result = await work({ reports, epochs, marks });
  } catch (error) {
    try {
      transaction.abort();
    } catch {
      // it has ended already
    }
    throw error;
  }
  await done;
  return result;
}

/** A request's result, once it is there. */
export function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

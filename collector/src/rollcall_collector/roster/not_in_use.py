"""Knows the words with which lists say that a device is not in use: given back, broken, in repair, lost, sold.

A star stands for any ending. The words of seven languages, of Google's provision status and of Snipe-IT's status
labels, whose type stands in brackets: "Out for Repair (undeployable)".
"""

import re
import unicodedata

_GONE = (
    # given back, retired, sold
    *("deprovision*", "decommission*", "retire*", "dispose*", "disposal", "discarded", "archived", "scrap*"),
    *("recycl*", "donated", "sold", "surplus", "released", "return requested", "return arrived", "written off"),
    *("returned to vendor", "returned to lessor", "returned to supplier", "returned to manufacturer", "end of life"),
    *("not in use", "not active", "not deployed", "not deployable", "not available", "not ready", "unavailable"),
    *("no longer in use", "withdrawn", "unenrolled", "parted out", "for parts", "cannibali*", "e waste", "ewaste"),
    *("auctioned", "junk*", "trashed", "obsolete", "eol", "rtv", "returned", "not found", "cannot be found"),
    *("bereitstellung aufgehoben", "ausgeschieden", "abgeschrieben", "ersatzteil*", "desapprovisionn*", "annule*"),
    *("sorti*", "ongedaan", "smaltit*", "deprovisioning", "baja", "desaprovision*", "anulad*", "sin uso", "inserv*"),
    *("unusable", "unused", "nicht in betrieb", "nicht im einsatz", "nicht verfugbar", "pas en service"),
    *("hors d usage", "niet in gebruik", "niet beschikbaar", "non in uso", "fuori uso", "no en uso", "fuera de uso"),
    *("fora de uso", "inactive", "deleted", "removed", "destroyed"),
    *("ausgemustert", "ausgesondert", "entsorgt", "verschrottet", "verkauft", "stillgelegt", "inaktiv", "geloscht"),
    *("archiviert", "reforme*", "rebut", "vendu*", "donne", "supprime*", "declasse*", "inactif", "archive"),
    *("afgevoerd", "afgeschreven", "verkocht", "gearchiveerd", "verwijderd", "inactief", "dismess*", "rottamat*"),
    *("vendut*", "eliminat*", "inattiv*", "cedut*", "archiviat*", "de baja", "vendid*", "desechad*", "retirad*"),
    *("archivad*", "inactiv*", "arquivad*", "abatid*", "baixad*", "descartad*", "inativ*", "doad*", "donad*"),
    # broken or in repair
    *("broken", "damaged", "defect", "defective", "faulty", "repair", "repairs", "out for", "maintenance", "rma"),
    *("being repaired", "to be repaired", "repairable", "unrepairable", "beyond repair", "non functional"),
    *("nonfunctional", "dead", "doa", "water damage", "cracked", "at depot", "service centre", "in wartung"),
    *("a reparer", "da riparare", "por reparar", "te repareren"),
    *("undeployable", "out of service", "out of order", "not working", "service center"),
    *("defekt", "reparatur", "kaputt", "ausser betrieb", "en panne", "reparation", "hors service", "casse", "cassee"),
    *("reparatie", "kapot", "buiten gebruik", "riparazione", "guast*", "rotto", "fuori servizio", "manutenzione"),
    *("reparacion", "averiad*", "danad*", "fuera de servicio", "roto", "rota", "mantenimiento", "reparacao", "reparo"),
    *("avariad*", "danificad*", "fora de servico", "manutencao", "quebrad*"),
    # lost or stolen, or shut off for it
    *("loss", "theft", "verlust", "diebstahl", "gesperrt", "furto", "quarantined"),
    *("lost", "stolen", "missing", "disabled", "verloren", "gestohlen", "vermisst", "deaktiviert", "perdu*", "vole"),
    *("desactive", "gestolen", "vermist", "uitgeschakeld", "smarrit*", "perso", "persa", "rubat*", "disattivat*"),
    *("perdid*", "robad*", "extraviad*", "roubad*", "furtad*", "desativad*", "desactivad*", "deshabilitad*"),
    # bought, but not here yet
    *("pending", "preprovisioned", "pre provisioned", "shipped", "on order", "bestellt", "en commande", "besteld"),
)
_NOT_GONE = (
    *("not lost(?: or stolen)?", "not broken", "not damaged", "not defective", "not in repair", "not retired"),
    *("not missing", "no (?:repairs?|maintenance|damage)(?: needed| required)?", "returned by (?:student|pupil|user)"),
    *("lost mode off", "never (?:lost|broken|damaged)"),
    *("nicht defekt", "nicht verloren", "returned to service", "back from repair"),
    *("missing (?:charger|adapter|cable|pen|case|cover|keys?)",),
)
_LIVE = (
    *("active", "in use", "deployed", "deployable", "ready", "available", "assigned", "unassigned", "provisioned"),
    *("enrolled", "in stock", "stock", "spare", "new", "good", "fair", "poor", "ok", "working", "repaired", "loaner"),
    *("checked out", "delinquent", "in service", "in cart", "on loan", "loaned", "storage", "operational", "used"),
    *("refurbished", "managed", "compliant", "replacement", "excellent", "functional", "bereitgestellt", "gebraucht"),
    *("auf lager", "verliehen", "ausgeliehen", "provisionne", "prete", "en stock", "ingericht", "uitgeleend"),
    *("op voorraad", "in magazzino", "aprovisionado", "prestado", "provisionado", "emprestado", "approvisionne"),
    *("aktiv", "in betrieb", "in benutzung", "einsatzbereit", "verfugbar", "vorhanden", "repariert", "gut", "neu"),
    *("actif", "en service", "en production", "disponible", "pret", "repare", "bon", "neuf", "actief", "in gebruik"),
    *("beschikbaar", "gereed", "klaar", "gerepareerd", "goed", "nieuw", "attivo", "in uso", "disponibile", "pronto"),
    *("riparato", "buono", "nuovo", "activo", "en uso", "listo", "asignado", "reparado", "bueno", "nuevo", "ativo"),
    *("em uso", "disponivel", "em producao", "atribuido", "bom", "novo", "em servico"),
)


def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b".replace("*", "[a-z]*"))


_SAYS_GONE, _SAYS_NOT_GONE, _SAYS_LIVE = _words(_GONE), _words(_NOT_GONE), _words(_LIVE)
_SNIPE_TYPE = re.compile(r"\((deployable|deployed|undeployable|archived|pending)\)\s*$")


def is_in_use(status: str) -> bool | None:
    """Whether a device of this status is in use; None where the word is not known here."""
    if found := _SNIPE_TYPE.search(status.casefold()):
        return found[1] in {"deployable", "deployed"}
    said = _plain(status)
    rest = _SAYS_NOT_GONE.sub("", said)
    if _SAYS_GONE.search(rest):
        return False
    return True if rest != said or _SAYS_LIVE.search(said) else None


def is_gone(cell: str) -> bool:
    """Whether a cell under "deleted" or "released" says that it happened: a day or yes, not no."""
    return _plain(cell) not in {"", "0", "no", "false", "nein", "non", "nee", "nao", "falsch", "faux", "n"}


def _plain(text: str) -> str:
    """Lower case, no accents, words parted by one space."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(sign for sign in bare if not unicodedata.combining(sign))))

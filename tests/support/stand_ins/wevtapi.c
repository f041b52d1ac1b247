/* Stands in for Windows' wevtapi.dll, which Wine has not: answers from recorded events, as strictly as the real one.
 *
 * STAND_IN_EVENTS names a file in UTF-8: one event a line, as EvtRender gives it, in the order of its log. Lines that
 * begin with ! say how to misbehave: "!forbidden CHANNEL", "!broken RECORD" (nothing from that record on can be read by
 * the query that meets it), "!page N" (so many events at once at most).
 *
 * A handle is an address beyond 32 bits, so that one which was cut is noticed. What is not understood of a question is
 * refused, as an invalid query is. Handles left open when the process ends are counted in STAND_IN_EVENTS plus ".open".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { INVALID_QUERY = 15001, NO_CHANNEL = 15007, CORRUPT = 1500, CONDITIONS_MAX = 20, HANDLES = 65536 };
enum { FREE, QUERY, EVENT };
static const ULONGLONG BASE = 0x123400000000ULL;

typedef struct { int kind, count, at; char **lines; char *line; } Thing;
typedef struct { char provider[128]; unsigned long long ids[32], above, exactly; int id_count, has_above, has_exactly; } Question;

static Thing things[HANDLES];
static char *events[100000], forbidden[8][128];
static int event_count, forbidden_count, page = 1 << 30, is_loaded;
static unsigned long long broken[8];
static int broken_count;

static void load(void) {
    const char *name = getenv("STAND_IN_EVENTS");
    FILE *file = is_loaded || !name ? NULL : fopen(name, "rb");
    is_loaded = 1;
    if (!file) return;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = calloc(size + 1, 1);
    fread(text, 1, size, file);
    fclose(file);
    for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        if (!strncmp(line, "!forbidden ", 11)) snprintf(forbidden[forbidden_count++ & 7], 128, "%s", line + 11);
        else if (!strncmp(line, "!broken ", 8)) broken[broken_count++ & 7] = strtoull(line + 8, NULL, 10);
        else if (!strncmp(line, "!page ", 6)) page = atoi(line + 6);
        else if (event_count < 100000) events[event_count++] = line;
    }
}

static HANDLE give(int kind, Thing thing) {
    for (int i = 1; i < HANDLES; i++)
        if (things[i].kind == FREE) {
            thing.kind = kind;
            things[i] = thing;
            return (HANDLE)(BASE + i);
        }
    abort();
}

static Thing *taken(HANDLE handle, int kind) {
    ULONGLONG at = (ULONGLONG)handle - BASE;
    return at > 0 && at < HANDLES && things[at].kind == kind ? &things[at] : NULL;
}

static BOOL fail(DWORD code) {
    SetLastError(code);
    return FALSE;
}

/* The text behind <tag …>, or the value of name="…" within it. */
static int part(const char *line, const char *tag, const char *name, char *out, size_t room) {
    char open[64];
    snprintf(open, sizeof open, "<%s", tag);
    const char *at = strstr(line, open);
    while (at && !strchr("> /", at[strlen(open)])) at = strstr(at + 1, open);
    if (!at) return 0;
    const char *end = strchr(at, '>');
    if (!end) return 0;
    if (name) {
        char key[64];
        snprintf(key, sizeof key, " %s=", name);
        at = strstr(at, key);
        if (!at || at > end) return 0;
        at += strlen(key) + 1;
        end = strchr(at, at[-1]);
    } else {
        at = end + 1;
        end = strchr(at, '<');
    }
    if (!end || (size_t)(end - at) >= room) return 0;
    memcpy(out, at, end - at);
    out[end - at] = 0;
    return 1;
}

static unsigned long long number(const char *line, const char *tag) {
    char text[32];
    return part(line, tag, NULL, text, sizeof text) ? strtoull(text, NULL, 10) : 0;
}

static int eat(const char **at, const char *word) {
    if (strncmp(*at, word, strlen(word))) return 0;
    *at += strlen(word);
    return 1;
}

static int understand(const char *text, Question *asked) {
    int conditions = 0;
    memset(asked, 0, sizeof *asked);
    if (!strcmp(text, "*")) return 1;
    if (!eat(&text, "*[System[")) return 0;
    do {
        if (++conditions > CONDITIONS_MAX) return 0;
        if (eat(&text, "Provider[@Name='")) {
            const char *end = strchr(text, '\'');
            if (!end || end - text >= 128) return 0;
            memcpy(asked->provider, text, end - text);
            text = end;
            if (!eat(&text, "']")) return 0;
        } else if (eat(&text, "(EventRecordID")) {
            int is_above = *text == '>';
            if (*text != '>' && *text != '=') return 0;
            unsigned long long value = strtoull(text + 1, (char **)&text, 10);
            if (is_above) asked->above = value, asked->has_above = 1;
            else asked->exactly = value, asked->has_exactly = 1;
            if (!eat(&text, ")")) return 0;
        } else if (eat(&text, "(")) {
            do {
                if (!eat(&text, "EventID=") || asked->id_count == 32 || ++conditions > CONDITIONS_MAX) return 0;
                asked->ids[asked->id_count++] = strtoull(text, (char **)&text, 10);
            } while (eat(&text, " or "));
            if (!eat(&text, ")")) return 0;
        } else return 0;
    } while (eat(&text, " and "));
    return !strcmp(text, "]]");
}

static int answers(const char *line, const Question *asked) {
    unsigned long long record = number(line, "EventRecordID"), id = number(line, "EventID");
    char provider[128];
    int is_wanted = !asked->id_count;
    for (int i = 0; i < asked->id_count; i++) is_wanted |= asked->ids[i] == id;
    if (!is_wanted || (asked->has_above && record <= asked->above) || (asked->has_exactly && record != asked->exactly)) return 0;
    return !*asked->provider || (part(line, "Provider", "Name", provider, sizeof provider) && !_stricmp(provider, asked->provider));
}

__declspec(dllexport) HANDLE WINAPI EvtQuery(HANDLE session, LPCWSTR path, LPCWSTR query, DWORD flags) {
    char channel[256], text[4096], own[256];
    Question asked;
    Thing found = {0};
    int is_known = 0, is_backward = (flags & 0x200) != 0;
    load();
    if (session || !path || !query || !(flags & 1)) return fail(ERROR_INVALID_PARAMETER), NULL;
    if (!WideCharToMultiByte(CP_UTF8, 0, path, -1, channel, sizeof channel, NULL, NULL)) return NULL;
    if (!WideCharToMultiByte(CP_UTF8, 0, query, -1, text, sizeof text, NULL, NULL)) return NULL;
    if (!understand(text, &asked)) return fail(INVALID_QUERY), NULL;
    for (int i = 0; i < forbidden_count; i++)
        if (!_stricmp(forbidden[i], channel)) return fail(ERROR_ACCESS_DENIED), NULL;
    found.lines = calloc(event_count + 1, sizeof *found.lines);
    for (int i = 0; i < event_count; i++) {
        char *line = events[is_backward ? event_count - 1 - i : i];
        if (!part(line, "Channel", NULL, own, sizeof own) || _stricmp(own, channel)) continue;
        is_known = 1;
        if (answers(line, &asked)) found.lines[found.count++] = line;
    }
    if (is_known || !_stricmp(channel, "System") || !_stricmp(channel, "Application")) return give(QUERY, found);
    free(found.lines);
    return fail(NO_CHANNEL), NULL;
}

__declspec(dllexport) BOOL WINAPI EvtNext(HANDLE set, DWORD size, HANDLE *handles, DWORD timeout, DWORD flags, PDWORD returned) {
    Thing *query = taken(set, QUERY);
    (void)timeout;
    *returned = 0;
    if (!query || flags) return fail(ERROR_INVALID_HANDLE);
    while (*returned < size && (int)*returned < page && query->at < query->count) {
        char *line = query->lines[query->at];
        int is_broken = 0;
        for (int i = 0; i < broken_count; i++) is_broken |= number(line, "EventRecordID") == broken[i];
        if (is_broken) return *returned ? TRUE : fail(CORRUPT);
        query->at++;
        handles[(*returned)++] = give(EVENT, (Thing){.line = line});
    }
    return *returned ? TRUE : fail(ERROR_NO_MORE_ITEMS);
}

__declspec(dllexport) BOOL WINAPI EvtRender(HANDLE context, HANDLE fragment, DWORD flags, DWORD size, PVOID buffer, PDWORD used, PDWORD count) {
    Thing *event = taken(fragment, EVENT);
    if (!event) return fail(ERROR_INVALID_HANDLE);
    if (context || flags != 1) return fail(ERROR_INVALID_PARAMETER);
    int length = MultiByteToWideChar(CP_UTF8, 0, event->line, -1, NULL, 0);
    *used = length * sizeof(WCHAR);
    *count = 0;
    if (!buffer || size < *used) return fail(ERROR_INSUFFICIENT_BUFFER);
    MultiByteToWideChar(CP_UTF8, 0, event->line, -1, buffer, length);
    return TRUE;
}

__declspec(dllexport) BOOL WINAPI EvtClose(HANDLE handle) {
    Thing *query = taken(handle, QUERY), *event = taken(handle, EVENT);
    if (!query && !event) return fail(ERROR_INVALID_HANDLE);
    if (query) free(query->lines);
    (query ? query : event)->kind = FREE;
    return TRUE;
}

BOOL WINAPI DllMain(HINSTANCE own, DWORD reason, LPVOID reserved) {
    (void)own, (void)reserved;
    if (reason == DLL_PROCESS_DETACH && event_count) {
        char name[512];
        int open = 0;
        for (int i = 0; i < HANDLES; i++) open += things[i].kind != FREE;
        snprintf(name, sizeof name, "%s.open", getenv("STAND_IN_EVENTS"));
        FILE *file = fopen(name, "w");
        if (file) fprintf(file, "%d", open), fclose(file);
    }
    return TRUE;
}

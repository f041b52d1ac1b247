"""The headings of schools' lists: what Snipe-IT, Google, Intune, Jamf, Apple and GLPI call a column, in 7 languages.

Small words (de, di, la, of) and accents count for nothing: `columns` takes them off. Each column has groups of
headings, the surest first: of two headings in one file the one of the earlier group is taken. Sources: Snipe-IT's
custom report and import template with its language files (resources/lang), GAM's `print cros` and the Admin console's
device list, Microsoft's Autopilot file and Intune's device export, the templates of Jamf's MUT, Apple School Manager's
orgDevices, GLPI's language files.
"""

from collections.abc import Mapping
from typing import Literal

from rollcall_collector.model.roster import Column

Groups = tuple[tuple[str, ...], ...]

HEADINGS: Mapping[Column, Groups] = {
    "serial_number": (
        (
            *("serial number", "serial", "serial no", "serial nr", "s/n", "sn", "hardware serial"),
            *("hardware serial no",),
            *("device serial number", "device serial", "computer serial", "computer serial number"),
            *("mobile device serial", "mobile device serial number", "bios serial number", "system serial number"),
            *("serial num", "serial numbers", "device sn", "chassis serial number", "manufacturer serial number"),
            *("mfg serial number", "serial number of device"),
            *("Seriennummer", "Serien-Nr", "Geräteseriennummer", "SNR"),
            *("numéro de série", "n° de série", "nº de série", "nr de série", "num série"),
            *("serienummer", "serienr", "seriale", "numero seriale", "nro. de serie", "n/s", "número serial"),
        ),
        ("service tag", "Dell service tag", "série", "matricola"),
    ),
    "asset_tag": (
        (
            *("asset tag", "asset id", "asset no", "asset number", "annotated asset id", "asset code"),
            *("assettag nummer",),
            *("inventory number", "inventory no", "inventory tag", "inventory id"),
            *("Asset-Kennung", "ID de l'élément", "ID de l'actif", "ID de recurso", "ID risorsa", "código do recurso"),
            *("item id", "ID asset"),
            *("Inventarnummer", "Inventar-Nr"),
            *("numéro d'inventaire", "n° d'inventaire", "étiquette de l'actif", "code inventaire"),
            *("inventarisnummer", "inventarisnr", "activanummer"),
            *("numero di inventario", "n. inventario", "etichetta bene", "codice inventario"),
            *("nº de inventario", "etiqueta", "etiqueta de activo", "código de inventario"),
            *("etiqueta do ativo", "etiqueta de artigo"),
            *("marcação do ativo", "patrimônio", "número de patrimônio", "nº de patrimônio"),
        ),
        ("asset", "tag", "barcode", "barcode 1", "label"),
    ),
    "model": (
        (
            *("model", "device model", "hardware model", "model name", "asset model", "product model"),
            *("Modell", "Gerätemodell", "Modellname", "Modellbezeichnung"),
            *("modèle", "modèle d'actif", "nom du modèle"),
            *("modelnaam",),
            *("modello", "nome modello", "modelo", "nombre del modelo", "nome do modelo"),
        ),
        ("product name", "product"),
    ),
    "platform": (
        (
            *("platform", "os", "operating system", "os name", "operating system name", "os type", "SO"),
            *("Plattform", "Betriebssystem", "Betriebssystem - Name"),
            *("plateforme", "système d'exploitation", "système d'exploitation - nom"),
            *("besturingssysteem", "besturingssysteem - naam"),
            *("piattaforma", "sistema operativo", "sistema operativo - nome", "plataforma"),
            *("sistema operativo - nombre",),
            *("sistema operacional", "sistema operacional - nome"),
        ),
    ),
    "manufacturer": (
        (
            *("manufacturer", "manufacturer name", "maker", "make", "brand", "Hersteller", "Herstellername"),
            *("fabricant", "constructeur", "fabrikant", "produttore", "costruttore", "fabricante"),
        ),
        ("Marke", "marque", "merk", "marca"),
    ),
    "site": (
        (
            *(
                "site",
                "site name",
                "school",
                "school name",
                "school site",
                "Schule",
                "Schulname",
                "école",
                "établissement",
            ),
            *("collège", "lycée", "school naam", "scuola", "istituto", "plesso"),
            *("escuela", "colegio", "centro", "escola", "nome da escola"),
        ),
        ("building", "campus", "Gebäude", "bâtiment", "gebouw", "vestiging", "edificio", "prédio"),
        (
            *(
                "location",
                "annotated location",
                "location name",
                "Standort",
                "lieu",
                "emplacement",
                "locatie",
                "sede",
                "ubicazione",
            ),
            *("luogo", "ubicación", "localización", "localização", "localidade", "local"),
        ),
        (
            *("default location", "Standard-Standort", "emplacement par défaut", "standaardlocatie"),
            *("sede predefinita",),
            *("ubicación predeterminada", "ubicación por defecto", "localização padrão", "local padrão"),
        ),
    ),
    "cart": (
        (
            *("cart", "trolley", "device cart", "charging cart", "laptop cart", "cart name"),
            *("Wagen", "Koffer", "Laptopwagen", "Tabletkoffer", "Gerätewagen"),
            *("chariot", "classe mobile", "valise", "laptopkar", "oplaadkar", "kar"),
            *("carrello", "carrito", "carro", "carrinho"),
        ),
    ),
    "slot": (
        (
            *("slot", "slot number", "slot no", "bay", "cart slot", "Fach", "Platz", "Steckplatz", "Fachnummer"),
            *("numéro de case", "vak", "vaknummer", "posto", "ranura", "compartimento"),
        ),
    ),
    "purchased_on": (
        (
            *("purchased on", "purchased", "purchase date", "purchased date", "date of purchase", "date purchased"),
            *("date acquired", "acquired", "acquired on", "acquired date", "Einkaufsdatum"),
            *("bought", "bought on", "Kaufdatum", "gekauft am", "Anschaffung", "Anschaffungsdatum", "gekauft"),
            *("date d'achat", "acheté", "aankoopdatum", "aangekocht", "aangekocht op", "datum aankoop"),
            *("data acquisto", "acquistati", "acquistato", "acquistato il"),
            *("fecha de compra", "comprado", "comprado el"),
            *("data de compra", "data de aquisição", "comprado em"),
        ),
        (
            *("po date", "order date", "order date time", "acquisition date", "invoice date", "Rechnungsdatum"),
            *("Bestelldatum", "date de commande", "besteldatum", "data ordine", "fecha de pedido", "data do pedido"),
        ),
    ),
    "price": (
        (
            *("price", "cost", "purchase price", "purchase cost", "unit price", "unit cost", "price paid"),
            *(
                "Preis",
                "Kaufpreis",
                "Einkaufspreis",
                "Kosten",
                "Anschaffungspreis",
                "Stückpreis",
                "Anschaffungskosten",
            ),
            *("prix", "prix d'achat", "coût", "coût d'achat", "prix unitaire"),
            *("prijs", "aankoopprijs", "aankoopkosten", "kostprijs", "aanschafprijs"),
            *("prezzo", "prezzo di acquisto", "costo", "costo acquisto"),
            *("precio", "precio compra", "costo de compra", "coste"),
            *("preço", "preço de compra", "custo", "custo de aquisição", "custo da compra"),
            *("financial and administrative information - value", "Finanz- und Verwaltungsinformationen - Wert"),
            *("informations financières et administratives - valeur",),
            *("información financiera y administrativa - valor",),
            *("informações financeiras e administrativas - valor",),
            *("informazioni finanziarie e amministrative - valore",),
            *("financiële en administratieve informatie - waarde",),
        ),
    ),
    "warranty_until": (
        (
            *("warranty until", "warranty end", "warranty end date", "warranty expires", "warranty expiration"),
            *("warranty expiration date", "warranty expiry", "warranty expiry date", "end of warranty"),
            *("warranty exp", "warranty exp date", "warranty ends", "warranty end on", "in warranty until"),
            *("applecare until", "warranty date"),
            *(
                "Garantie bis",
                "Garantie läuft ab",
                "Garantieende",
                "Garantie Ablaufdatum",
                "Ablaufdatum der Garantie",
                "Garantieablauf",
            ),
            *("expiration de garantie", "fin de garantie", "date de fin de garantie", "garantie jusqu'au"),
            *(
                "date d'expiration de la garantie",
                "garantie vervalt",
                "garantie verloopt",
                "garantie tot",
                "einde garantie",
            ),
            *("vervaldatum garantie", "scadenza garanzia", "fine garanzia", "garanzia fino al"),
            *("data di scadenza della garanzia", "vencimiento de la garantía", "fin de garantía", "garantía hasta"),
            *("fecha de vencimiento de la garantía", "fecha de expiración de la garantía"),
            *("garantia expira", "a garantia expira", "vencimento da garantia", "fim da garantia", "garantia até"),
            *("data de expiração da garantia", "data de fim da garantia"),
        ),
        (
            *("warranty", "warranty months", "warranty duration", "Garantie", "Garantiedauer", "durée de garantie"),
            *("garantieduur", "garanzia", "durata della garanzia", "garantía", "garantia", "duración de la garantía"),
            *("duração da garantia",),
        ),
    ),
    "support_until": (
        (
            *("support until", "support end", "support end date", "support ends", "end of support", "support"),
            *("Support bis", "Supportende", "fin de support", "einde ondersteuning", "fine supporto"),
            *("fin de soporte", "fim do suporte"),
        ),
        (
            *("aue", "aue date", "auto update expiration", "auto update expiration date"),
            *("auto-update expiration month",),
            *("automatische Aktualisierung bis", "automatische Updates bis", "Ablaufdatum für automatische Updates"),
            *("expiration des mises à jour automatiques", "date d'expiration des mises à jour automatiques"),
            *("vervaldatum voor automatische updates", "vervaldatum automatische updates"),
            *("scadenza aggiornamenti automatici", "scadenza aggiornamento automatico"),
            *("vencimiento de las actualizaciones automáticas",),
            *("fecha de caducidad de las actualizaciones automáticas", "expiração da atualização automática"),
            *("validade da atualização automática",),
        ),
        ("auto update through",),
        (
            *(
                "end of life",
                "eol",
                "eol date",
                "Ende der Nutzungsdauer",
                "Ende der Lebensdauer",
                "Lebensende",
                "fin de vie",
                "date de fin de vie",
            ),
            *("EOL datum", "data EOL", "fecha EOL"),
        ),
    ),
    "role": (("role", "use", "usage", "purpose", "Rolle", "Verwendung", "ruolo", "rol", "função"),),
}

DOUBTFUL: Mapping[Column, tuple[str, ...]] = {
    "platform": (
        *("type", "device type", "category", "product family", "device class", "os prefix", "form factor"),
        *("Typ", "Gerätetyp", "Kategorie", "catégorie", "categorie", "tipo", "categoria", "categoría"),
    ),
    "slot": ("position", "Position", "posizione", "posición", "posição"),
}
"""Taken only where a cell below reads as such: Snipe-IT's `Type` says user or location, Jamf's `Position` is a job."""

OFFERED: Mapping[Column, tuple[str, ...]] = {
    "site": (
        *("org unit path", "org unit", "organizational unit", "organizational unit path", "entity", "entité"),
        *("Organisationseinheit", "unité organisationnelle", "unidad organizativa", "organisatie-eenheid"),
        *("unità organizzativa", "unidade organizacional", "société", "Unternehmen"),
        *("Einheit", "entiteit", "entità", "entidad", "entidade", "company", "Firma", "compagnie", "bedrijf"),
        *("azienda", "compañía", "empresa"),
    ),
}
"""Never taken unasked: a path of units or a company is a school in one district and none in the next."""

Mark = Literal["status", "gone_on"]
MARKS: Mapping[Mark, tuple[str, ...]] = {
    "status": (
        *("status", "state", "device status", "asset status", "status label", "provision status", "lifecycle status"),
        *("condition", "Zustand", "Gerätestatus", "statut", "état", "toestand", "stato", "estado", "situação"),
    ),
    "gone_on": (
        *("deleted", "deleted at", "gelöscht", "supprimé", "verwijderd", "eliminato", "eliminado", "apagado"),
        *("released from org date time", "retired on", "retired date", "disposal date", "disposed on"),
        *("decommissioned on",),
    ),
}
"""Not kept, but read: a device that is broken, lost or given back is not in use, whatever else its line says."""

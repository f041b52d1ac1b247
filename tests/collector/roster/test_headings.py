"""Whichever program exported the list, and in whichever language: its headings are understood as they stand."""

from datetime import date

import pytest

from rollcall_collector.model.roster import Column
from rollcall_collector.roster.columns import COLUMNS, mark, meaning, plain
from rollcall_collector.roster.headings import DOUBTFUL, HEADINGS, MARKS, OFFERED
from rollcall_collector.roster.reading import read_roster

EXPORTS: dict[str, tuple[str, dict[str, object]]] = {
    "Snipe-IT, custom report": (
        (
            "Company,Asset Name,Asset Tag,Model,Model No.,Category,Manufacturer,Serial,Purchase Date,Purchase Cost,EOL,"
            "Order Number,Supplier,Location,Address,Address,City,State,Country,Zip,Default Location,Checked Out To,Type,"
            "Username,Employee No.,Manager,Department,Title,Status,Warranty,Warranty Expires,Value,Diff,Fully Depreciated,"
            "Checkout Date,Expected Checkin,Created At,Updated At,Deleted,Last Audit,Next Audit Date,Notes\n"
            "District,Cart A 1,UH-1,ProBook 11,PB11,Laptops,HP,5CD1,2023-08-01,299.00,2028-08-01,PO7,Reseller,Hill School,"
            "1 Road,,Hill,BY,DE,1,Store,Pupil One,user,p1,7,M,D,T,Ready (deployable),36,2026-08-01,120.00,179.00,No,"
            "2023-09-01,,2023-08-01,2023-08-02,,,,x\n"
        ),
        {
            "asset_tag": "UH-1",
            "model": "ProBook 11",
            "manufacturer": "HP",
            "site": "Hill School",
            "purchased_on": date(2023, 8, 1),
            "price": 299.0,
            "support_until": date(2028, 8, 1),
            "warranty_until": date(2026, 8, 1),
        },
    ),
    "Snipe-IT, import template": (
        (
            "Full Name,Email,Username,Item Name,Category,Model Name,Manufacturer,Model Number,Serial Number,Asset Tag,"
            "Location,Notes,Purchase Date,Purchase Cost,Company,Status,Warranty Months,Supplier,Order Number\n"
            "Pupil One,p@x,p1,C1,Chromebooks,300e,Lenovo,81M,5CD1,UH-1,Hill,n,2023-08-31,$299.00,D,Ready to Deploy,18,S,7\n"
        ),
        {
            "platform": "chromeos",
            "model": "300e",
            "manufacturer": "Lenovo",
            "asset_tag": "UH-1",
            "site": "Hill",
            "purchased_on": date(2023, 8, 31),
            "price": 299.0,
            "warranty_until": date(2025, 2, 28),
        },
    ),
    "Google Admin, devices": (
        (
            "deviceId,serialNumber,model,lastPolicySync,enrollmentTime,osVersion,orgUnitPath,provisionStatus,"
            "annotatedAssetId,annotatedUser,annotatedLocation,annotatedNotes,macAddress,lastReport,autoUpdateExpiration,"
            "mostRecentUser,lanIpAddress,bootMode\n"
            "d,5CD1,HP Chromebook 11,x,y,120,/Hill,ACTIVE,UH-1,p@x,Hill,n,aa,z,2029-06-01T00:00:00.000Z,p@x,10.0.0.1,V\n"
        ),
        {"model": "HP Chromebook 11", "asset_tag": "UH-1", "site": "Hill", "support_until": date(2029, 6, 1)},
    ),
    "GAM, print cros": (
        (
            "deviceId,annotatedAssetId,annotatedLocation,autoUpdateExpiration,autoUpdateThrough,deprovisionReason,"
            "firstEnrollmentTime,model,orgUnitPath,serialNumber,status,supportEndDate\n"
            "d,UH-1,Hill,1874966400000,2029-06-01,,2023-08-01T00:00:00Z,HP Chromebook 11,/Hill,5CD1,ACTIVE,\n"
        ),
        {"model": "HP Chromebook 11", "asset_tag": "UH-1", "site": "Hill", "support_until": date(2029, 6, 1)},
    ),
    "a sheet made from Google": (
        (
            "Serial Number,Org Unit Path,Location,AssetID,User,Notes,Most Recent User,OS Version,Last Sync,Status,MAC,AUE,"
            "Model\n5CD1,/Hill,Hill,UH-1,p,n,p,120,x,ACTIVE,aa,Jun 2029,HP Chromebook 11\n"
        ),
        {"model": "HP Chromebook 11", "asset_tag": "UH-1", "site": "Hill", "support_until": date(2029, 6, 1)},
    ),
    "Autopilot": (
        (
            "Device Serial Number,Windows Product ID,Hardware Hash,Manufacturer name,Device model,Group Tag,Assigned User\n"
            "5CD1,,T0FzAQEA,HP,ProBook 11,Hill,p@x\n"
        ),
        {"manufacturer": "HP", "model": "ProBook 11"},
    ),
    "Intune, all devices": (
        (
            "Device name,Enrollment date,Last check-in,Azure AD Device ID,OS version,Manufacturer,Model,Serial number,OS\n"
            "PC1,2023-08-01 10:11:12.0000000,x,y,10.0.22631,HP,ProBook,5CD1,Windows\n"
        ),
        {"manufacturer": "HP", "model": "ProBook", "platform": "windows"},
    ),
    "Intune, export job": (
        (
            "DeviceName,SerialNumber,Manufacturer,Model,OS,OSVersion,OwnerType,LastContact,CategoryName\n"
            "iPad 1,5CD1,Apple,iPad,iOS/iPadOS,17.5,Company,x,Pupils\n"
        ),
        {"manufacturer": "Apple", "model": "iPad", "platform": "ipados"},
    ),
    "Jamf, MUT for mobile devices": (
        (
            "Mobile Device Serial,Display Name,Asset Tag,Barcode 1,Username,Real Name,Email Address,Position,Phone Number,"
            "Department,Building,Room,PO Number,Vendor,Purchase Price,PO Date,Warranty Expires,Is Leased,Lease Expires,"
            "AppleCare ID,Site\n"
            "5CD1,iPad 1,UH-1,B1,p1,Pupil One,p@x,Teacher,1,D,Hill,12,7,Reseller,329.00,2023-08-01,2026-08-01,FALSE,,,\n"
        ),
        {
            "asset_tag": "UH-1",
            "site": "Hill",
            "price": 329.0,
            "purchased_on": date(2023, 8, 1),
            "warranty_until": date(2026, 8, 1),
        },
    ),
    "Jamf, MUT for computers": (
        "Computer Serial,Display Name,Asset Tag,Building,Site\n5CD1,Mac 1,UH-1,,Hill\n",
        {"asset_tag": "UH-1", "site": "Hill"},
    ),
    "Jamf School": (
        (
            "udid,serialNumber,name,isManaged,isSupervised,deviceClass,assetTag,os,osVersion,batteryLevel\n"
            "u,5CD1,iPad 1,true,true,ipad,UH-1,iOS,17.5,0.8\n"
        ),
        {"asset_tag": "UH-1", "platform": "ipados"},
    ),
    "Apple School Manager": (
        (
            "serialNumber,addedToOrgDateTime,releasedFromOrgDateTime,deviceModel,productFamily,productType,orderNumber,"
            'orderDateTime,status,purchaseSourceType\n5CD1,2023-08-02T10:00:00Z,,"iPad Pro 12.9"" (6th gen)",iPad,iPad14,7,'
            "2023-08-01T10:00:00Z,ASSIGNED,RESELLER\n"
        ),
        {"model": 'iPad Pro 12.9" (6th gen)', "platform": "ipados", "purchased_on": date(2023, 8, 1)},
    ),
    "Incident IQ": (
        (
            "Asset Tag,Serial Number,Model,Manufacturer,Location,Room,Owner,Status,Purchased Date,Purchase Price,"
            "Warranty Exp.,Funding\nUH-1,5CD1,300e,Lenovo,Hill,12,p,In Service,8/13/2023,$299.00,8/13/2026,E-Rate\n"
        ),
        {
            "asset_tag": "UH-1",
            "model": "300e",
            "manufacturer": "Lenovo",
            "site": "Hill",
            "purchased_on": date(2023, 8, 13),
            "price": 299.0,
            "warranty_until": date(2026, 8, 13),
        },
    ),
    "Follett Destiny": (
        (
            "Barcode,District ID,Serial Number,Description,Manufacturer,Model,Site Name,Homeroom,Status,Acquired,"
            "Purchase Price,Projected Life\n1001,,5CD1,Chromebook,HP,11 G8,Hill,12,Checked Out,8/13/2023,299,5\n"
        ),
        {
            "asset_tag": "1001",
            "manufacturer": "HP",
            "model": "11 G8",
            "site": "Hill",
            "purchased_on": date(2023, 8, 13),
            "price": 299.0,
        },
    ),
    "a sheet that speaks of Chromebooks": (
        (
            "Chromebook Serial Number;Asset Number;Chromebook Model;Auto Update Expiration (AUE);School;Device Status\n"
            "5CD1;UH-1;300e;Jun 2029;Hill;Active\n"
        ),
        {"asset_tag": "UH-1", "model": "300e", "support_until": date(2029, 6, 1), "site": "Hill"},
    ),
    "Intune, Spanish": (
        (
            "Nombre del dispositivo,Administrado por,Propiedad,Cumplimiento,SO,Versión del SO,Número de serie,Fabricante,"
            "Modelo\nPC1,Intune,Corporativo,Conforme,Windows,10.0.22631,5CD1,HP,ProBook\n"
        ),
        {"platform": "windows", "manufacturer": "HP", "model": "ProBook"},
    ),
    "Lansweeper": (
        (
            "AssetName;Type;Serialnumber;Manufacturer;Model;Purchased;Warrantydate;State;Location;Barcode\n"
            "PC1;Windows;5CD1;HP;ProBook;31.08.2023;31.08.2026;Active;Hill;UH-1\n"
        ),
        {
            "platform": "windows",
            "manufacturer": "HP",
            "model": "ProBook",
            "purchased_on": date(2023, 8, 31),
            "warranty_until": date(2026, 8, 31),
            "site": "Hill",
            "asset_tag": "UH-1",
        },
    ),
    "GLPI, English": (
        (
            "Name;Entity;Status;Manufacturer;Serial number;Inventory number;Type;Model;Operating System - Name;Location;"
            "Financial and administrative information - Date of purchase;"
            "Financial and administrative information - Warranty expiration date\n"
            "PC1;Root;In use;HP;5CD1;UH-1;Notebook;ProBook;Windows;Hill;2023-08-01;2026-08-01\n"
        ),
        {
            "manufacturer": "HP",
            "asset_tag": "UH-1",
            "model": "ProBook",
            "platform": "windows",
            "site": "Hill",
            "purchased_on": date(2023, 8, 1),
            "warranty_until": date(2026, 8, 1),
        },
    ),
}
LANGUAGES = {
    "German": "Seriennummer;Asset Tag;Modell;Hersteller;Standort;Kaufdatum;Kosten;Garantie Ablaufdatum;Status",
    "German, GLPI": "Seriennummer;Inventarnummer;Modell;Hersteller;Standort;Kaufdatum;Kaufpreis;Ablaufdatum der Garantie",
    "French": "Numéro de série;Numéro d'inventaire;Modèle;Fabricant;Lieu;Acheté;Coût;Expiration de garantie;Statut",
    "French, GLPI": "N° de série;Numéro d\u2019inventaire;Modèle;Fabricant;Lieu;Date d'achat;"
    "Informations financières et administratives - Valeur;"
    "Informations financières et administratives - Date d'expiration de la garantie",
    "Dutch": "Serienummer;Assettag;Model;Fabrikant;Locatie;Aangekocht;Kostprijs;Garantie vervalt;Status",
    "Italian": "Seriale;Etichetta bene;Modello;Produttore;Sede;Acquistati;Costo;Scadenza Garanzia;Stato",
    "Italian, other": "Numero di serie;Numero di inventario;Modello;Produttore;Scuola;Data di acquisto;Prezzo;Fine garanzia",
    "Spanish": "N. Serie;Etiqueta;Modelo;Fabricante;Localización;Comprado;Costo;Vencimiento de la Garantía;Estado",
    "Spanish, other": "Número de serie;Número de inventario;Modelo;Fabricante;Ubicación;Fecha de compra;Precio;Garantía hasta",
    "Portuguese": "Nº de Série;Etiqueta do Ativo;Modelo;Fabricante;Localização;Comprado em;Custo;Garantia expira;Estado",
    "German, of devices": "Geräteseriennummer;Asset-Kennung;Gerätemodell;Gerätehersteller;Gerätestandort;Einkaufsdatum;"
    "Einkaufspreis;Garantieablauf;Gerätestatus",
    "French, of devices": "Numéro de série de l'appareil;ID de l'élément;Modèle de l'appareil;Fabricant;Emplacement;"
    "Date d'achat;Prix d'achat;Fin de garantie",
    "Spanish, of devices": "Número de serie del dispositivo;ID de recurso;Modelo del dispositivo;Marca;Ubicación;"
    "Fecha de compra;Precio;Fin de garantía",
    "Brazilian": "Número de série;Marcação do Ativo;Modelo;Fabricante;Local;Comprado;Custo;A garantia expira;Status",
    "German, Snipe-IT": "Seriennummer;Asset-Tag;Modell;Hersteller;Standort;Kaufdatum;Kaufpreis;Garantie läuft ab;Status",
    "Dutch, Snipe-IT": "Serienummer;Asset Tag;Model;Fabrikant;Locatie;Aankoopdatum;Aankoopkosten;Garantie verloopt",
    "Portuguese, Snipe-IT": "Nº de Série;Etiqueta do Ativo;Modelo;Fabricante;Localização Padrão;Data de Compra;"
    "Custo de Compra;Vencimento da Garantia;Situação",
    "French, with small words": "Numéro série;Numéro de l'inventaire;Modèle;Fabricant;Lieu;Date de l'achat;"
    "Coût de l\u2019achat;Expiration de la garantie",
    "Italian, with small words": "Numero di serie;Numero dell'inventario;Modello;Produttore;Sede;Data dell'acquisto;"
    "Costo dell'acquisto;Scadenza della garanzia",
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_read_as_it_is(name: str) -> None:
    text, expected = EXPORTS[name]

    reading = read_roster(text.encode())

    assert [str(problem) for problem in reading.problems] == []
    assert [(row.serial_number, dict(row.values)) for row in reading.rows] == [("5CD1", expected)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_are_understood_in_seven_languages(language: str) -> None:
    text = LANGUAGES[language] + "\n5CD1;UH-1;ProBook;HP;École;2023-08-01;1.299,00;2026-08-01\n"

    (row,) = read_roster(text.encode()).rows

    assert row.serial_number == "5CD1"
    assert dict(row.values) == {
        "asset_tag": "UH-1",
        "model": "ProBook",
        "manufacturer": "HP",
        "site": "École",
        "purchased_on": date(2023, 8, 1),
        "price": 1299.0,
        "warranty_until": date(2026, 8, 1),
    }


def test_no_heading_means_two_columns() -> None:
    words = [
        (plain(word), column)
        for column, groups in HEADINGS.items()
        for group in groups
        for word in group
        if plain(word) != plain(column)
    ]
    others = [plain(word) for table in (DOUBTFUL, OFFERED, MARKS) for group in table.values() for word in group]

    meanings: dict[str, set[Column]] = {}
    for word, column in words:
        meanings.setdefault(word, set()).add(column)

    assert {word: columns for word, columns in meanings.items() if len(columns) > 1} == {}
    assert set(meanings) & set(others) == set()
    assert "" not in {*meanings, *others}
    assert all(meaning(column) == column for column in COLUMNS)


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Purchase Cost (EUR)", "price"),
        ("Serial Number *", "serial_number"),
        ("Laptop Make", "manufacturer"),
        ("Monitor Serial Number", None),
        ("Device Name", None),
        ("Device ID", None),
        ("Charger Model", None),
        ("Price [net]", "price"),
        ("Checked Out To", None),
        ("Used by", None),
        ("Vendor", None),
        ("Model No.", None),
        ("Value", None),
        ("主", None),
    ],
)
def test_a_heading_is_taken_for_what_it_says_and_no_more(heading: str, column: str | None) -> None:
    assert meaning(heading) == column


@pytest.mark.parametrize("heading", ["Status", "provisionStatus", "Statut", "Stato", "Estado", "Zustand"])
def test_a_status_is_told_in_every_language(heading: str) -> None:
    assert mark(heading) == "status"


@pytest.mark.parametrize(
    ("heading", "day"),
    [
        ("Automatische Updates bis", "Juni 2029"),
        ("Date d'expiration des mises à jour automatiques", "juin 2029"),
        ("Vervaldatum automatische updates", "juni 2029"),
        ("Scadenza aggiornamento automatico", "giu 2029"),
        ("Fecha de caducidad de las actualizaciones automáticas", "jun 2029"),
        ("Expiração da atualização automática", "jun. de 2029"),
        ("Validade da atualização automática", "jun. de 2029"),
        ("Auto-update expiration", "June 1, 2029"),
    ],
)
def test_the_end_of_updates_is_read_in_every_language(heading: str, day: str) -> None:
    reading = read_roster(f'Serial;{heading}\nA1;"{day}"\n'.encode())

    assert [dict(row.values) for row in reading.rows] == [{"support_until": date(2029, 6, 1)}]


def test_the_surer_of_two_headings_is_taken_if_it_holds_anything() -> None:
    both = read_roster(b"Serial,Warranty Expires,Warranty,Purchase Date\nA1,2026-08-01,36,2023-01-01\n")
    empty = read_roster(b"Serial,Warranty Expires,Warranty,Purchase Date\nA1,,36,2023-01-01\n")

    assert both.rows[0].values["warranty_until"] == date(2026, 8, 1)
    assert empty.rows[0].values["warranty_until"] == date(2026, 1, 1)
    assert "'Warranty' is left out: 'Warranty Expires' says it" in both.remarks


def test_two_headings_that_are_as_sure_must_agree() -> None:
    agreed = read_roster(b"Serial,Cost,Unit Price\nA1,10,10\n")
    differing = read_roster(b"Serial,Cost,Unit Price\nA1,10,12\n")

    assert agreed.rows[0].values["price"] == 10.0
    assert not differing.is_readable
    assert str(differing.problems[0]) == (
        "line 1, Unit Price: 'Cost' and 'Unit Price' both name the price. "
        'Keep one of the two columns, or say --map "Unit Price=-" to leave one out.'
    )


@pytest.mark.parametrize(
    ("heading", "cells", "expected"),
    [
        ("Type", ("user", "location"), [{}, {}]),
        ("Type", ("Chromebook", "Dock"), [{"platform": "chromeos"}, {}]),
        ("Category", ("iPads", "Laptops"), [{"platform": "ipados"}, {}]),
        ("Position", ("Teacher", "Pupil"), [{}, {}]),
    ],
)
def test_a_doubtful_heading_counts_only_where_its_cells_read_so(
    heading: str, cells: tuple[str, str], expected: list[dict[str, object]]
) -> None:
    reading = read_roster(f"Serial,{heading}\nA1,{cells[0]}\nA2,{cells[1]}\n".encode())

    assert reading.problems == ()
    assert [dict(row.values) for row in reading.rows] == expected


def test_what_may_name_the_school_is_offered_never_taken() -> None:
    reading = read_roster(b"serialNumber,orgUnitPath\nA1,/Hill/Pupils\n")

    assert dict(reading.rows[0].values) == {}
    assert (
        "'orgUnitPath' is left out: it may name the site: if it does, say --map \"orgUnitPath=site\""
        in reading.remarks
    )

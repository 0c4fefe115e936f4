//! English, German, and the wire.

use super::{Dressing, Story, Tongue};

const ENGLISH_PLACES: &[&str] = &["Eastmere", "Northport", "Dunwick Sands", "Alder Green", "Cold Harrowby"];

const ENGLISH_DRESSING: Dressing = Dressing {
    caption: "The market square in the early morning.",
    credit: "Photograph: P. Larkham",
    share: "Share this: Facebook | Email | Copy link",
    footer: "Sign up for our morning letter and never miss a story.",
};

pub(super) const ENGLISH: Tongue = Tongue {
    language: "en",
    places: ENGLISH_PLACES,
    people: &["Ruth Ashdown", "Imran Sethi", "Margaret Pell", "Owen Trelawney", "Grace Okonedo"],
    stories: &[
        Story {
            section: "Local",
            headline: "{place} footbridge reopens after {n} weeks of repairs",
            paragraphs: &[
                "The footbridge at {place} reopened on Wednesday after {n} weeks of repairs, giving walkers their shortest way to the station back before the school term begins.",
                "Engineers replaced {m} oak planks and both handrails, said {name}, who led the work for the town council.",
                "A second bridge on the path to {other} will be inspected next month, and may close for a day.",
            ],
        },
        Story {
            section: "Nature",
            headline: "Otters return to {place} as wardens count {n} along the river",
            paragraphs: &[
                "Wardens counted {n} otters along the river near {place} this autumn, the highest number since the survey began and proof that cleaner water is working.",
                "Cameras recorded the animals on {m} nights, mostly in the hour before dawn, according to {name} of the county wildlife trust.",
                "Dog owners are asked to keep to the upper path between the weir and {other} until the cubs are grown.",
            ],
        },
        Story {
            section: "Business",
            headline: "Old cannery in {place} to become workshops for {n} small firms",
            paragraphs: &[
                "The empty cannery on the quay in {place} will be turned into workshops for {n} small firms, after councillors approved the plan by a wide margin.",
                "\"We wanted makers rather than flats, and the whole town told us so,\" said {name}, whose group bought the building last year.",
                "Work starts in {m} days; a market for firms from {other} is planned for the opening.",
            ],
        },
    ],
    correction: "Correction: an earlier version of this report gave a wrong figure.",
    dressing: ENGLISH_DRESSING,
};

pub(super) const WIRE: Tongue = Tongue {
    language: "en",
    places: ENGLISH_PLACES,
    people: &["Joan Fairweather", "Peter Quill", "Asha Raman", "Colin Stroud"],
    stories: &[
        Story {
            section: "Weather",
            headline: "Gale warning for {place} as gusts of {n} knots are forecast",
            paragraphs: &[
                "Forecasters issued a gale warning for {place} and the coast around it, with gusts of up to {n} knots expected from midnight and heavy showers following before dawn.",
                "Ferries to {other} will stay in harbour for at least {m} hours, the port authority said, and small craft were told to double their lines.",
                "\"It will pass quickly, but nobody should be out on the sea wall to watch it,\" said {name}, the duty forecaster.",
            ],
        },
        Story {
            section: "Science",
            headline: "Telescope near {place} finds {n} faint stars in a quiet corner of the sky",
            paragraphs: &[
                "Astronomers working at the small observatory near {place} have found {n} faint stars that no earlier catalogue lists, using a camera built by their own students.",
                "The observations took {m} clear nights, said {name}, who directs the project together with a school in {other}.",
                "The team will publish its list next week and invites amateurs to confirm the positions.",
            ],
        },
        Story {
            section: "Transport",
            headline: "Night train to {place} will run again after {n} years",
            paragraphs: &[
                "A night train to {place} will run again next summer, {n} years after the last sleeping car left the platform, the railway company announced on Friday.",
                "Carriages will offer {m} berths and stop at {other} shortly before six, with breakfast served until arrival.",
                "\"People asked for it in every survey we made,\" said {name}, head of timetables.",
            ],
        },
    ],
    correction: "Correction: an earlier version of this report gave a wrong figure.",
    dressing: ENGLISH_DRESSING,
};

pub(super) const GERMAN: Tongue = Tongue {
    language: "de",
    places: &["Tannenfelde", "Altenmoor am See", "Kirchhagen-Ost", "Neuwiesing", "Rabenbrück"],
    people: &["Annegret Holtkamp", "Jürgen Siebenlist", "Mehmet Aydınlar", "Ulrike Dornbach", "Falk Wesseling"],
    stories: &[
        Story {
            section: "Lokales",
            headline: "Freibad in {place} öffnet nach {n} Monaten Umbau",
            paragraphs: &[
                "Nach {n} Monaten Umbau hat das Freibad in {place} wieder geöffnet; schon am ersten Vormittag standen die Gäste bis zur Hauptstraße an.",
                "Neu sind ein flaches Becken für Kinder, {m} Liegen aus Holz und eine Heizung, die mit Sonnenwärme läuft, wie Betriebsleitung und Gemeinde mitteilten.",
                "„Wir haben lange darauf gewartet“, sagte {name}, die Eintrittspreise bleiben in diesem Jahr so niedrig wie in {other}.",
            ],
        },
        Story {
            section: "Wirtschaft",
            headline: "Uhrenwerkstatt in {place} sucht {n} Lehrlinge",
            paragraphs: &[
                "Eine Uhrenwerkstatt in {place} sucht für den kommenden Herbst {n} Lehrlinge und wirbt dafür nun auch an den Schulen der Nachbarorte.",
                "Das Handwerk habe Zukunft, weil wieder mehr Menschen reparieren ließen, sagte {name} bei einem Rundgang durch die Räume.",
                "Wer sich bewirbt, darf {m} Tage zur Probe arbeiten; ein Bus aus {other} hält direkt vor der Tür.",
            ],
        },
        Story {
            section: "Kultur",
            headline: "Chor aus {place} singt mit {n} Stimmen im Kloster",
            paragraphs: &[
                "Der Kammerchor aus {place} hat am Sonntag mit {n} Stimmen im alten Kloster gesungen und dafür lange anhaltenden Beifall bekommen.",
                "Auf dem Programm standen Lieder aus {m} Jahren Vereinsgeschichte, ausgewählt von {name} und den jüngsten Mitgliedern.",
                "Das Konzert wird im November in {other} wiederholt, Karten gibt es in der Buchhandlung am Markt.",
            ],
        },
    ],
    correction: "Berichtigung: In einer früheren Fassung dieses Artikels stand eine falsche Zahl.",
    dressing: Dressing {
        caption: "Blick über den Marktplatz am frühen Abend.",
        credit: "Foto: K. Immenroth",
        share: "Artikel teilen: Facebook | WhatsApp | Drucken",
        footer: "Mehr aus der Region lesen Sie in unserer Wochenendausgabe.",
    },
};

//! Polish and Russian.

use super::{Dressing, Story, Tongue};

pub(super) const POLISH: Tongue = Tongue {
    language: "pl",
    places: &["Lipowo Dolne", "Stary Brzeg", "Zielony Most", "Wierzbica Mała", "Nowe Sady"],
    people: &["Halina Wrzosek", "Agnieszka Bartnik", "Danuta Kołodziejczak", "Irena Sikorzyna", "Marta Zawilec"],
    stories: &[
        Story {
            section: "Region",
            headline: "{place}: {n} nowych drzew przy szkole",
            paragraphs: &[
                "W miejscowości {place} uczniowie i rodzice posadzili w sobotę {n} nowych drzew wokół szkoły, aby latem na boisku było więcej cienia.",
                "„Dzieci same wybrały gatunki i będą się nimi opiekować” – powiedziała {name}, która od {m} lat uczy tu przyrody.",
                "Podobną akcję przygotowuje już miejscowość {other}, gdzie sadzonki podaruje miejscowy szkółkarz.",
            ],
        },
        Story {
            section: "Transport",
            headline: "{place}: nowy autobus będzie kursował co {n} minut",
            paragraphs: &[
                "Od poniedziałku przez {place} będzie kursował nowy autobus elektryczny, który w godzinach szczytu przyjedzie na przystanek co {n} minut.",
                "Linia połączy dworzec ze szpitalem i pozwoli zaoszczędzić pasażerom wiele czasu, zapewniła {name} z zarządu dróg.",
                "Gmina kupiła pojazdy za pieniądze z funduszu klimatycznego, a przejazd na trasie do miejscowości {other} potrwa {m} minut.",
            ],
        },
        Story {
            section: "Kultura",
            headline: "{place}: w starym młynie pokazano {n} obrazów",
            paragraphs: &[
                "W starym młynie w miejscowości {place} otwarto wystawę, na której można obejrzeć {n} obrazów namalowanych przez mieszkańców okolicznych wsi.",
                "Najstarsza uczestniczka ma osiemdziesiąt lat i maluje dopiero od emerytury, opowiadała podczas otwarcia {name}.",
                "Wystawa potrwa {m} dni, a potem zostanie przeniesiona do biblioteki w miejscowości {other}.",
            ],
        },
    ],
    correction: "Sprostowanie: we wcześniejszej wersji tekstu podaliśmy błędną liczbę.",
    dressing: Dressing {
        caption: "Rynek w niedzielne popołudnie.",
        credit: "Fot. J. Olszynka",
        share: "Udostępnij: Facebook | Wyślij e-mailem",
        footer: "Wspieraj lokalną gazetę – zamów prenumeratę na cały rok.",
    },
};

pub(super) const RUSSIAN: Tongue = Tongue {
    language: "ru",
    places: &["Сосновск", "Белоречье", "Новый Причал", "Озёрный Стан", "Липовец"],
    people: &["Анна Ветрова", "Зарина Алимова", "Ольга Берестова", "Марина Полозова", "Вера Тихомирова"],
    stories: &[
        Story {
            section: "Город",
            headline: "{place}: на набережной открыли {n} новых скамеек",
            paragraphs: &[
                "В городе {place} завершился ремонт набережной: вдоль реки поставили {n} новых скамеек, а старые фонари заменили на экономичные светильники.",
                "«Жители сами голосовали за проект и приходили помогать по выходным», рассказала {name}, которая отвечала за благоустройство.",
                "Следующей весной такую же набережную обещают сделать в городе {other}, на работы отведено {m} недель.",
            ],
        },
        Story {
            section: "Наука",
            headline: "{place}: школьники собрали прибор за {n} дней",
            paragraphs: &[
                "Ученики старших классов из города {place} за {n} дней собрали прибор, который измеряет чистоту воздуха и передаёт данные на школьный сайт.",
                "Детали стоили меньше, чем один учебник, а программу ребята написали самостоятельно, сообщила руководитель кружка {name}.",
                "Теперь ещё {m} таких приборов просит изготовить город {other}, где рядом со школой проходит оживлённая дорога.",
            ],
        },
        Story {
            section: "Культура",
            headline: "{place}: театр сыграл премьеру для {n} зрителей",
            paragraphs: &[
                "Народный театр города {place} показал премьеру в помещении старого склада, где поместилось всего {n} зрителей, и билеты разошлись за один час.",
                "Спектакль длится {m} минут без антракта, все роли исполняют учителя, врачи и водители, рассказала режиссёр {name}.",
                "В конце месяца труппа поедет на фестиваль, который принимает соседний город {other}.",
            ],
        },
    ],
    correction: "Исправление: в первой версии этой заметки была указана неверная цифра.",
    dressing: Dressing {
        caption: "Набережная ранним утром.",
        credit: "Фото: С. Лугинин",
        share: "Поделиться: ВКонтакте | Телеграм",
        footer: "Подписывайтесь на нашу вечернюю рассылку.",
    },
};

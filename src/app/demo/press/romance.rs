//! French, Spanish and Portuguese.

use super::{Dressing, Story, Tongue};

pub(super) const FRENCH: Tongue = Tongue {
    language: "fr",
    places: &["Valbrume", "Montclair-sur-Lisse", "Saint-Aubépin", "Brévigny", "Port-Cendré"],
    people: &["Hélène Marchandeau", "Basile Courtemine", "Odile Ravinel", "Nadia Ferrouk", "Luc Tessandier"],
    stories: &[
        Story {
            section: "Région",
            headline: "{place} : {n} tilleuls plantés le long du vieux canal",
            paragraphs: &[
                "La ville de {place} a terminé mardi la plantation de {n} tilleuls le long du vieux canal, un chantier de {m} jours mené avec l’aide des écoles du quartier.",
                "« Nos enfants verront cette allée grandir avec eux », a déclaré {name}, qui préside l’association des riverains depuis deux ans.",
                "Un second tronçon, jusqu’à {other}, doit suivre au printemps si le conseil municipal vote le budget demandé.",
            ],
        },
        Story {
            section: "Transports",
            headline: "Les bus de {place} roulent à nouveau après {n} heures de grève",
            paragraphs: &[
                "Les chauffeurs du dépôt de {place} ont repris le travail jeudi matin, après {n} heures de grève et une longue nuit de négociations avec la régie.",
                "L’accord prévoit l’embauche de {m} conducteurs et une pause garantie toutes les quatre heures, selon {name}, qui menait les discussions pour le syndicat.",
                "La ligne vers {other} restera toutefois limitée jusqu’à lundi, le temps de remettre les véhicules en état.",
            ],
        },
        Story {
            section: "Culture",
            headline: "Au musée de {place}, {n} lettres oubliées sortent d’une malle",
            paragraphs: &[
                "En vidant un grenier, les employés du musée de {place} ont découvert une malle contenant {n} lettres écrites par une institutrice de {other} il y a plus d’un siècle.",
                "« Elle raconte le prix du pain, les hivers et ses élèves avec une précision étonnante », explique {name}, chargée de l’inventaire.",
                "Une exposition ouvrira dans {m} jours ; l’entrée sera gratuite pour les habitants de la commune.",
            ],
        },
    ],
    correction: "Rectificatif : une première version de cet article donnait un chiffre inexact.",
    dressing: Dressing {
        caption: "Vue du centre-ville un matin de marché.",
        credit: "Photo : R. Lenoir / Le Courrier",
        share: "Partager : Facebook | WhatsApp | E-mail",
        footer: "Read more local stories in English in our weekly newsletter.",
    },
};

pub(super) const SPANISH: Tongue = Tongue {
    language: "es",
    places: &["Ríoclaro", "Villamora", "Puente Largo", "San Telmo del Valle", "Castrillar"],
    people: &["Inés Barrientos", "Tomás Olmedilla", "Carmen Vidaurre", "Julián Peñalba", "Lucía Sarmiento"],
    stories: &[
        Story {
            section: "Local",
            headline: "{place} estrena una biblioteca con {n} puestos de lectura",
            paragraphs: &[
                "El ayuntamiento de {place} inauguró ayer la nueva biblioteca municipal, que ofrece {n} puestos de lectura y abre también los domingos por la tarde.",
                "«Era una promesa antigua y por fin la vemos cumplida», afirmó {name}, que coordinó la mudanza de los libros durante {m} días.",
                "Los vecinos de {other} podrán usar el mismo carné sin pagar ninguna cuota adicional.",
            ],
        },
        Story {
            section: "Economía",
            headline: "Los apicultores de {place} recogen un {n} % más de miel que el año pasado",
            paragraphs: &[
                "La cooperativa de apicultores de {place} cerró la temporada con un {n} % más de miel que el año pasado gracias a una primavera templada y a las lluvias de abril.",
                "Según {name}, portavoz de la cooperativa, {m} familias de la comarca viven ya de las colmenas durante buena parte del año.",
                "El próximo mercado se celebrará el sábado en la plaza mayor de {other}, con cata abierta al público.",
            ],
        },
        Story {
            section: "Sucesos",
            headline: "Rescatan en {place} a {n} excursionistas sorprendidos por la niebla",
            paragraphs: &[
                "Los bomberos rescataron anoche a {n} excursionistas que se habían perdido en la sierra cercana a {place} cuando la niebla cubrió el sendero.",
                "El grupo había salido de {other} por la mañana y llevaba {m} minutos sin cobertura cuando una pastora oyó sus silbidos, relató {name}.",
                "Todos se encuentran bien; los servicios de montaña recuerdan que conviene avisar siempre de la ruta prevista.",
            ],
        },
    ],
    correction: "Fe de errores: una versión anterior de esta noticia contenía una cifra equivocada.",
    dressing: Dressing {
        caption: "La plaza mayor, ayer por la tarde.",
        credit: "Foto: M. Quiroga",
        share: "Compartir en Facebook | Compartir en WhatsApp",
        footer: "Suscríbete a nuestro boletín y recibe cada mañana lo más importante.",
    },
};

pub(super) const PORTUGUESE: Tongue = Tongue {
    language: "pt",
    places: &["Vila das Gralhas", "Porto Sereno", "Monte Alvo", "Ribeira Funda", "São Brás do Cabo"],
    people: &["Beatriz Nogueirão", "Rui Falcato", "Teresa Amorim Leal", "Duarte Vilarinho", "Sofia Pestanudo"],
    stories: &[
        Story {
            section: "Ambiente",
            headline: "Voluntários retiram {n} sacos de lixo da praia de {place}",
            paragraphs: &[
                "Cerca de {m} voluntários passaram a manhã de domingo a limpar a praia de {place} e encheram {n} sacos com plástico, redes velhas e garrafas.",
                "«Há dez anos o areal estava bem pior, mas ainda falta muito», disse {name}, que organiza a iniciativa desde o início.",
                "O material recolhido será separado num armazém de {other} e enviado para reciclagem até ao fim do mês.",
            ],
        },
        Story {
            section: "Sociedade",
            headline: "Padaria de {place} oferece {n} pães por dia a quem precisa",
            paragraphs: &[
                "Uma pequena padaria de {place} decidiu oferecer {n} pães por dia a famílias com dificuldades, sem pedir documentos nem fazer perguntas.",
                "A ideia nasceu quando {name} reparou que todas as noites sobravam tabuleiros inteiros, e espalhou-se depressa até {other}.",
                "Ao fim de {m} dias, três outras lojas da região já tinham aderido à iniciativa.",
            ],
        },
        Story {
            section: "Cultura",
            headline: "Filarmónica de {place} festeja o aniversário com {n} músicos em palco",
            paragraphs: &[
                "A banda filarmónica de {place} festejou o seu aniversário com um concerto de {n} músicos no largo da igreja, perante uma plateia que ocupou todas as cadeiras.",
                "O programa durou {m} minutos e terminou com uma marcha escrita de propósito por {name}, antiga aluna da escola de música.",
                "No próximo mês a banda toca em {other}, num encontro com agrupamentos de toda a província.",
            ],
        },
    ],
    correction: "Correção: uma versão anterior desta notícia indicava um número errado.",
    dressing: Dressing {
        caption: "O largo da igreja ao fim da tarde.",
        credit: "Fotografia: A. Seixas",
        share: "Partilhar: Facebook | Telegram | Copiar ligação",
        footer: "Apoie o jornalismo local: assine a nossa folha semanal.",
    },
};

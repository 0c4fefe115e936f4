//! By what an answer of the model is tested: a language's commonest small words and its letters.

use whichlang::Lang;

use super::super::script::Script;

/// What a text of a language shows.
pub(super) struct Profile {
    pub(super) tag: &'static str,
    pub(super) script: Script,
    /// Small words, a space between them.
    pub(super) small_words: &'static str,
    /// At least so many of a hundred words are small ones.
    pub(super) share_min: usize,
    /// Words that only a near relative uses which the model does not know, a space between them.
    pub(super) sister_words: &'static str,
    /// Latin letters beyond ASCII.
    pub(super) letters: &'static str,
}

/// The profile of an answer; none where the script has decided already.
pub(super) fn profile(answer: Lang) -> Option<&'static Profile> {
    match answer {
        Lang::Eng => Some(&ENG),
        Lang::Fra => Some(&FRA),
        Lang::Deu => Some(&DEU),
        Lang::Spa => Some(&SPA),
        Lang::Por => Some(&POR),
        Lang::Ita => Some(&ITA),
        Lang::Nld => Some(&NLD),
        Lang::Swe => Some(&SWE),
        Lang::Tur => Some(&TUR),
        Lang::Vie => Some(&VIE),
        Lang::Rus => Some(&RUS),
        Lang::Ara => Some(&ARA),
        Lang::Hin => Some(&HIN),
        Lang::Cmn | Lang::Jpn | Lang::Kor => None,
    }
}

const ENG: Profile = Profile {
    tag: "en",
    script: Script::Latin,
    small_words: "the of and to in a is was for on that with at by it has are",
    share_min: 12,
    sister_words: "",
    letters: "éï",
};

const FRA: Profile = Profile {
    tag: "fr",
    script: Script::Latin,
    small_words: "le la les de des du et en un une est à que qui dans pour au sur l d",
    share_min: 12,
    sister_words: "",
    letters: "àâæçéèêëîïôœùûüÿ",
};

const DEU: Profile = Profile {
    tag: "de",
    script: Script::Latin,
    small_words: "der die das und in den von zu mit ist im dem für auf ein eine des sich nicht",
    share_min: 12,
    sister_words: "",
    letters: "äöüß",
};

const SPA: Profile = Profile {
    tag: "es",
    script: Script::Latin,
    small_words: "el la los las de del y en un una que por con para se al su es",
    share_min: 12,
    sister_words: "amb els dels unha",
    letters: "áéíñóúü",
};

const POR: Profile = Profile {
    tag: "pt",
    script: Script::Latin,
    small_words: "o a os as de do da dos das e em no na um uma que para com não por",
    share_min: 12,
    sister_words: "unha",
    letters: "áâãàçéêíóôõúü",
};

const ITA: Profile = Profile {
    tag: "it",
    script: Script::Latin,
    small_words: "il la lo gli le di del della e in un una che per con è non nel al da si i",
    share_min: 12,
    sister_words: "",
    letters: "àèéìíòóùú",
};

const NLD: Profile = Profile {
    tag: "nl",
    script: Script::Latin,
    small_words: "de het een van en in is op te dat voor met zijn aan niet door om bij",
    share_min: 12,
    sister_words: "nie",
    letters: "éëïöüèó",
};

const SWE: Profile = Profile {
    tag: "sv",
    script: Script::Latin,
    small_words: "och i att en ett det som på är av för med den till har inte om",
    share_min: 12,
    sister_words: "og ikke jeg",
    letters: "åäöé",
};

const TUR: Profile = Profile {
    tag: "tr",
    script: Script::Latin,
    small_words: "ve bir bu da de için ile olarak çok daha olan en göre sonra kadar",
    share_min: 4,
    sister_words: "",
    letters: "âçğıîöşüû\u{307}",
};

const VIE: Profile = Profile {
    tag: "vi",
    script: Script::Latin,
    small_words: "và của là có các cho được trong một đã với không người này ở tại sẽ",
    share_min: 8,
    sister_words: "",
    letters: "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
};

const RUS: Profile = Profile {
    tag: "ru",
    script: Script::Cyrillic,
    small_words: "и в на с что не по к из за от о для это как его а",
    share_min: 8,
    sister_words: "",
    letters: "",
};

const ARA: Profile = Profile {
    tag: "ar",
    script: Script::Arabic,
    small_words: "في من على إلى أن عن التي الذي هذا هذه مع بعد كان لا ما و قد",
    share_min: 6,
    sister_words: "",
    letters: "",
};

const HIN: Profile = Profile {
    tag: "hi",
    script: Script::Devanagari,
    small_words: "के का की में है से को और ने पर हैं कि एक यह भी",
    share_min: 12,
    sister_words: "",
    letters: "",
};

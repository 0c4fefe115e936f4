//! Languages told and not told, by table.

use super::*;
use crate::normalise;

fn article(text: &str, item_language: Option<&str>, feed: Option<&str>) -> Article {
    let item = crate::article::Item {
        content: Some(crate::article::Text { kind: crate::article::TextKind::Plain, value: text.to_owned() }),
        language: item_language.map(str::to_owned),
        ..crate::article::Item::default()
    };
    let context = Context { feed_language: feed, base: None };
    let mut article = normalise::item(&item, &context);
    settle(&mut article, &context);
    article
}

#[track_caller]
fn check(text: &str, expected: Option<&str>) {
    let article = article(text, None, None);
    assert_eq!(article.language.as_deref(), expected, "{text}");
    assert_eq!(article.provenance.get("language").map(|fact| fact.source.as_str()), expected.map(|_| "detected"));
}

const FRENCH: &str = "La vieille grue du port sera déplacée au mois de mai, a dit lundi la maire de la ville, \
                      qui promet aux habitants du quartier un parc au bord de l'eau.";
const KOREAN: &str = "항구의 오래된 크레인은 오월에 공원으로 옮겨질 예정이라고 시장이 월요일에 말했다.";

#[test]
fn finds_the_models_languages() {
    check(FRENCH, Some("fr"));
    check(
        "The old crane at the port will be moved in May, the mayor of the town said on Monday, and there will be a park by the sea for all who live in the area.",
        Some("en"),
    );
    check(
        "Der alte Kran am Hafen wird im Mai versetzt, sagte die Bürgermeisterin am Montag, und auf dem Platz soll ein Park für die Menschen im Viertel entstehen.",
        Some("de"),
    );
    check(
        "La vieja grúa del puerto se moverá en mayo, dijo el lunes la alcaldesa de la ciudad, que promete a los vecinos un parque junto al mar.",
        Some("es"),
    );
    check(
        "O velho guindaste do porto será levado em maio, disse a prefeita da cidade na segunda-feira, e no lugar haverá um parque para os moradores do bairro.",
        Some("pt"),
    );
    check(
        "La vecchia gru del porto sarà spostata a maggio, ha detto lunedì la sindaca della città, che promette un parco sul mare per gli abitanti del quartiere.",
        Some("it"),
    );
    check(
        "De oude kraan in de haven wordt in mei verplaatst, zei de burgemeester van de stad op maandag, en er komt een park voor de mensen die in de buurt wonen.",
        Some("nl"),
    );
    check(
        "Den gamla kranen i hamnen ska flyttas i maj, sade borgmästaren i måndags, och på platsen blir det en park för dem som bor i området.",
        Some("sv"),
    );
    check(
        "Limandaki eski vinç mayıs ayında taşınacak ve bu alanda bir park yapılacak, dedi belediye başkanı pazartesi günü; mahalle sakinleri için çok daha güzel bir yer olacak.",
        Some("tr"),
    );
    check(
        "Старый кран в порту перенесут в мае, сказала в понедельник мэр города, и на этом месте появится парк для жителей района, который они так долго просили.",
        Some("ru"),
    );
    check(
        "ستنقل الرافعة القديمة في الميناء في شهر مايو، قالت رئيسة البلدية يوم الاثنين، على أن يقام في هذا المكان متنزه كبير من أجل سكان الحي على البحر.",
        Some("ar"),
    );
}

#[test]
fn finds_what_script_and_letters_decide() {
    check(KOREAN, Some("ko"));
    check("העגורן הישן בנמל יועבר בחודש מאי", Some("he"));
    check("Ο παλιός γερανός του λιμανιού θα μεταφερθεί", Some("el"));
    check("เครนเก่าที่ท่าเรือจะย้ายในเดือนพฤษภาคม", Some("th"));
    check("港の古いクレーンは五月に移される予定だ", Some("ja"));
    check("港口的旧起重机将在五月迁移到海边的新公园里供市民参观", Some("zh"));
    check(
        "Старий кран у порту перенесуть у травні, сказала в понеділок мерка міста, і на цьому місці з'явиться парк для мешканців району, якого вони так довго чекали.",
        Some("uk"),
    );
    check(
        "جرثقیل قدیمی بندر در ماه مه جابه‌جا می‌شود، شهردار شهر روز دوشنبه گفت و در این مکان پارکی برای مردم محله ساخته خواهد شد که همه چشم به راه آن هستند.",
        Some("fa"),
    );
}

#[test]
fn never_guesses() {
    check("", None);
    check("Crane moves in May", None);
    check("東京五輪", None);
    check("12 345 – 67", None);
    // Languages that the model does not know must not become one that it does.
    check(
        "Stary dźwig w porcie zostanie przesunięty w maju, powiedziała w poniedziałek burmistrz miasta, a na jego miejscu powstanie park dla mieszkańców dzielnicy nad wodą.",
        None,
    );
    check(
        "Sataman vanha nosturi siirretään toukokuussa, kaupungin pormestari sanoi maanantaina, ja paikalle rakennetaan puisto alueen asukkaille, jotka ovat odottaneet sitä kauan aikaa.",
        None,
    );
    check(
        "Den gamle kran på havnen skal flyttes i maj, sagde byens borgmester i mandags, og på pladsen bliver der en park for alle dem, der bor i området og længe har ønsket sig grønne træer.",
        None,
    );
    check(
        "Den gamle kranen i havna skal flyttes i mai, sa ordføreren i byen på mandag, og på plassen blir det en park for alle som bor i området og ikke har hage selv.",
        None,
    );
    check(
        "Derek lama di pelabuhan akan dipindahkan pada bulan Mei, kata wali kota pada hari Senin, dan di tempat itu akan dibangun taman untuk warga yang tinggal di sana.",
        None,
    );
    check(
        "Старият кран на пристанището ще бъде преместен през май, каза в понеделник кметът на града, и на негово място ще има парк за жителите на квартала.",
        None,
    );
}

#[test]
fn declared_languages_stand_unless_the_script_contradicts() {
    let language = |text, item, feed| {
        let article = article(text, item, feed);
        let fact = article.provenance.get("language").cloned().unwrap_or_default();
        (article.language, fact.source, fact.raw)
    };
    let said =
        |tag: &str, source: &str, raw: Option<&str>| (Some(tag.to_owned()), source.to_owned(), raw.map(str::to_owned));
    assert_eq!(language(FRENCH, Some("fr_be"), Some("en")), said("fr-BE", "item.language", None));
    assert_eq!(language(FRENCH, None, Some("FR")), said("fr", "feed.language", None));
    assert_eq!(language("Oui.", None, Some("fr")), said("fr", "feed.language", None));
    assert_eq!(language(KOREAN, Some("en-US"), Some("ko")), said("ko", "feed.language", None));
    assert_eq!(language(KOREAN, Some("en-US"), Some("fr")), said("ko", "detected", Some("en-US")));
    assert_eq!(language(FRENCH, Some("ko"), None), said("fr", "detected", Some("ko")));
    assert_eq!(language("Grue déplacée au port", Some("ko"), None), (None, String::new(), None));
}

//! The documents under `deploy/schema/` say what the code publishes.

use std::path::Path;

use depeche::event::schema;

#[test]
fn documents_are_those_of_the_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/schema");
    let renew = std::env::var_os("DEPECHE_WRITE_SCHEMA").is_some();
    let mut expected = std::collections::BTreeSet::new();
    for (name, document) in schema::documents() {
        let text = format!("{document:#}\n");
        let file = folder.join(&name);
        if renew {
            std::fs::write(&file, &text).unwrap();
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            found == text,
            "deploy/schema/{name} is stale; renew it: DEPECHE_WRITE_SCHEMA=1 cargo test --test schema"
        );
        expected.insert(name);
    }
    let present = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(present.collect::<std::collections::BTreeSet<_>>(), expected, "a document that nothing makes any more");
}

//! Where the configuration comes from: one TOML file, and the environment over it.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Environment variables that start with this override the file: `DEPECHE__KAFKA__PREFIX=news.`
const ENVIRONMENT_PREFIX: &str = "DEPECHE__";

/// Looked for in this order when no file is named.
const DEFAULT_PATHS: [&str; 2] = ["config/depeche.toml", "/etc/depeche/depeche.toml"];

/// Reads the named file, else the first default one that exists, else nothing; then the environment.
///
/// # Errors
/// One sentence when the file cannot be read or is no TOML, or a variable names no key.
pub(super) fn read(named: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Table, String> {
    let path = named.map(Path::to_owned).or_else(first_default);
    let mut table = path.map_or_else(|| Ok(Table::new()), |path| read_file(&path))?;
    let mut overrides: Vec<_> = environment
        .filter_map(|(key, value)| Some((key.strip_prefix(ENVIRONMENT_PREFIX)?.to_owned(), value)))
        .collect();
    overrides.sort();
    for (key, value) in overrides {
        set(&mut table, &key, &value)?;
    }
    Ok(table)
}

fn first_default() -> Option<PathBuf> {
    DEFAULT_PATHS.iter().map(PathBuf::from).find(|path| path.exists())
}

fn read_file(path: &Path) -> Result<Table, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the configuration file `{}` cannot be read: {error}", path.display()))?;
    let mut table = text
        .parse()
        .map_err(|error| format!("the configuration file `{}` is no valid TOML: {error}", path.display()))?;
    anchor(&mut table, path.parent().unwrap_or(Path::new("")));
    Ok(table)
}

/// The list of feeds lies beside the file that names it, wherever the daemon is started.
fn anchor(table: &mut Table, folder: &Path) {
    let file = table.get_mut("feeds").and_then(|feeds| feeds.get_mut("file"));
    if let Some(Value::String(path)) = file {
        *path = folder.join(&*path).display().to_string();
    }
}

/// Sets `SECTION__KEY` (any depth) in the table.
fn set(table: &mut Table, key: &str, value: &str) -> Result<(), String> {
    let mut path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
    let last = path.pop().filter(|last| !last.is_empty() && !path.is_empty());
    let Some(last) = last else {
        return Err(format!("the variable `{ENVIRONMENT_PREFIX}{key}` names no key: SECTION__KEY is expected"));
    };
    let mut inner = table;
    for name in path {
        let entry = inner.entry(name.clone()).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(next) = entry else {
            return Err(format!("the variable `{ENVIRONMENT_PREFIX}{key}` goes through `{name}`, which is no section"));
        };
        inner = next;
    }
    inner.insert(last, literal(value));
    Ok(())
}

/// A number, truth value, list, table or quoted string as TOML writes it; any other text is itself.
fn literal(text: &str) -> Value {
    let line = format!("value = {text}");
    let parsed = line.parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    parsed.filter(|value| !matches!(value, Value::Datetime(_))).unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Result<Table, String> {
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        read(Some(Path::new("/dev/null")), pairs.into_iter())
    }

    #[test]
    fn the_environment_reaches_every_depth() {
        let table = environment(&[
            ("DEPECHE__KAFKA__BOOTSTRAP_SERVERS", "a:9092,b:9092"),
            ("DEPECHE__KAFKA__PROPERTIES__SASL__MECHANISMS", "PLAIN"),
            ("DEPECHE__FETCH__ALLOW_ADDRESSES", "[\"127.0.0.0/8\"]"),
            ("DEPECHE__FETCH__BODY_BYTES_MAX", "7"),
            ("DEPECHE_CONFIG", "elsewhere"),
        ]);
        let expected = "fetch = { allow_addresses = [\"127.0.0.0/8\"], body_bytes_max = 7 }
            [kafka]
            bootstrap_servers = \"a:9092,b:9092\"
            [kafka.properties.sasl]
            mechanisms = \"PLAIN\"";
        assert_eq!(table, Ok(expected.parse().unwrap()));
    }

    #[test]
    fn a_variable_without_a_section_is_a_fault() {
        assert!(environment(&[("DEPECHE__KAFKA", "x")]).unwrap_err().contains("names no key"));
        assert!(environment(&[("DEPECHE__A__B", "1"), ("DEPECHE__A__B__C", "1")]).unwrap_err().contains("`b`"));
    }

    #[test]
    fn the_list_of_feeds_lies_beside_the_file() {
        let check = |written: &str, expected: &str| {
            let mut table: Table = format!("[feeds]\nfile = \"{written}\"").parse().unwrap();
            anchor(&mut table, Path::new("/etc/depeche"));
            assert_eq!(table["feeds"]["file"].as_str(), Some(expected));
        };
        check("feeds.toml", "/etc/depeche/feeds.toml");
        check("/elsewhere/feeds.toml", "/elsewhere/feeds.toml");
    }

    #[test]
    fn a_missing_file_is_named() {
        let fault = read(Some(Path::new("/nowhere/at/all.toml")), std::iter::empty()).unwrap_err();
        assert!(fault.contains("`/nowhere/at/all.toml` cannot be read"), "{fault}");
    }
}

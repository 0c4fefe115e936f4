//! The headers and credentials that a feed's own definition asks for, read from their files at each poll:
//! so a renewed secret needs no restart, and none is kept in a record.

use crate::feed::{Definition, HeaderValue};
use crate::fetch;

/// What a request of this feed carries besides our own headers.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Name and value each.
    pub headers: Vec<(String, String)>,
    /// User name and password.
    pub credentials: Option<Login>,
}

/// A user name and its password.
pub(super) struct Login {
    user: String,
    password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login(..)")
    }
}

impl Login {
    /// As a request takes it.
    pub(super) fn as_request(&self) -> fetch::Credentials<'_> {
        fetch::Credentials { user: &self.user, password: &self.password }
    }
}

/// Reads what the definition names.
///
/// # Errors
/// Which file cannot be read and why; never what one holds.
pub(super) async fn read(definition: &Definition) -> Result<Sent, String> {
    let mut sent = Sent::default();
    for (name, value) in &definition.headers {
        let value = match value {
            HeaderValue::Plain(value) => value.clone(),
            HeaderValue::InFile { file } => secret(file).await?,
        };
        sent.headers.push((name.clone(), value));
    }
    if let Some(credentials) = &definition.credentials {
        let password = secret(&credentials.password_file).await?;
        sent.credentials = Some(Login { user: credentials.username.clone(), password });
    }
    Ok(sent)
}

async fn secret(path: &str) -> Result<String, String> {
    let text = tokio::fs::read_to_string(path).await.map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

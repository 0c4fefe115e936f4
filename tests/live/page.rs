//! The smallest HTTP client that reads a page of ours: outside of the stack that is tested.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The body of a 200; none when nobody answers soon, or otherwise.
pub(crate) fn get(address: SocketAddr, path: &str) -> Option<String> {
    let (head, body) = ask(address, path, b"")?;
    head.split(' ').nth(1).filter(|&status| status == "200").map(|_| body)
}

/// Head and body of whatever is answered; `headers` are lines that end in CR LF, any bytes.
pub(crate) fn ask(address: SocketAddr, path: &str, headers: &[u8]) -> Option<(String, String)> {
    let patience = Duration::from_millis(500);
    let mut stream = TcpStream::connect_timeout(&address, patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    let request = [format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n").as_bytes(), headers, b"\r\n"].concat();
    stream.write_all(&request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.to_owned(), body.to_owned()))
}

/// The value of one series of a metrics page.
pub(crate) fn sample(page: &str, series: &str) -> Option<f64> {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    line.trim().parse().ok()
}

/// The sum of all series of a family of a metrics page.
pub(crate) fn sum(page: &str, family: &str) -> f64 {
    let of_family =
        page.lines().filter_map(|line| line.strip_prefix(family)).filter(|rest| rest.starts_with(['{', ' ']));
    of_family.filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[test]
fn reads_a_series() {
    let page = "# HELP a b\ndepeche_x{role=\"a\"} 0\ndepeche_x{role=\"ab\"} 2\ndepeche_y 1.5\n";
    assert_eq!(sample(page, "depeche_x{role=\"ab\"}"), Some(2.0));
    assert_eq!(sample(page, "depeche_y"), Some(1.5));
    assert_eq!(sample(page, "depeche_z"), None);
    assert_eq!(sum("x 1\nx{a=\"b c\"} 2\nxy 4\n# x 8\n", "x"), 3.0);
}

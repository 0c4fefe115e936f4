//! A web server with one document, for as long as the test runs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// Three entries, the last of which says nothing that the second does not.
pub(crate) const FEED: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Le Fanal</title>
<link>https://fanal.example/</link><language>fr</language>
<item><title>Un pont rouvre</title><link>https://fanal.example/pont</link><guid isPermaLink="false">pont</guid>
<pubDate>Tue, 06 Sep 2022 10:30:00 +0200</pubDate>
<description>&lt;p&gt;Le pont du bourg rouvre lundi, et la mairie attend mille passages par jour.&lt;/p&gt;</description></item>
<item><title>La crue baisse</title><link>https://fanal.example/crue</link><guid isPermaLink="false">crue</guid>
<description>&lt;p&gt;L'eau est sous le quai depuis hier soir.&lt;/p&gt;</description></item>
<item><title>La crue baisse</title><link>https://fanal.example/crue</link><guid isPermaLink="false">crue-2</guid>
<description>&lt;p&gt;L'eau est sous le quai depuis hier soir.&lt;/p&gt;</description></item>
</channel></rss>"#;

/// Serves the document at every path; the address ends without a slash.
pub(crate) fn serve(status: &'static str, document: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        // A client that goes away in the middle is its own affair.
        listener.incoming().flatten().for_each(|stream| drop(answer(stream, status, document)));
    });
    address
}

fn answer(mut stream: TcpStream, status: &str, document: &str) -> std::io::Result<()> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let length = document.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{document}")
}

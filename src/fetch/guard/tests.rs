//! The guard's vectors: every denied network by its first and last address and the neighbours outside,
//! and the spellings by which literals hide.

use super::*;

const REFUSED_LITERALS: &[&str] = &[
    "0.0.0.0",
    "0",
    "0.255.255.255",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.255",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7F.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "0177.0x0.0.1",
    "127.0.0.0x1",
    "00000177.0.0.1",
    "１２７.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "①②⑦.0.0.1",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.255.255",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "0xa9.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.255",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.0",
    "192.168.255.255",
    "3232235777",
    "0xc0a80101",
    "0300.0250.1.1",
    "192.168.257",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.0",
    "255.255.255.254",
    "255.255.255.255",
    "4294967295",
    "0xffffffff",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::2]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::10.0.0.1]",
    "[::ffff:0.0.0.0]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:7F00:0001]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[::ffff:169.254.169.254]",
    "[::ffff:192.168.1.1]",
    "[::ffff:172.16.0.1]",
    "[::ffff:100.64.0.1]",
    "[::ffff:198.18.0.1]",
    "[::ffff:255.255.255.255]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b::192.168.0.1]",
    "[64:ff9b:1::1]",
    "[64:ff9b:1::808:808]",
    "[64:ff9b:1:ffff:ffff:ffff:ffff:ffff]",
    "[100::]",
    "[100::1]",
    "[100::ffff:ffff:ffff:ffff]",
    "[2001::]",
    "[2001::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[2001:1ff:ffff::1]",
    "[2001:db8::]",
    "[2001:db8::1]",
    "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]",
    "[2002:7f00:1::]",
    "[2002:7f00:1::1]",
    "[2002:a00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2002:c0a8:101::1]",
    "[2002:ac10:1::1]",
    "[2002:6440:1::1]",
    "[3fff::]",
    "[3fff:fff:ffff::1]",
    "[4000::1]",
    "[5f00::]",
    "[5f00::1]",
    "[fc00::]",
    "[fc00::1]",
    "[fd00::1]",
    "[fdff:ffff::1]",
    "[fd00:ec2::254]",
    "[fe80::]",
    "[fe80::1]",
    "[febf:ffff::1]",
    "[fec0::1]",
    "[feff::1]",
    "[ff00::]",
    "[ff02::1]",
    "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]",
];

const PUBLIC_LITERALS: &[&str] = &[
    "1.0.0.0",
    "8.8.8.8",
    "134744072",
    "0x08080808",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "[::ffff:8.8.8.8]",
    "[64:ff9b::8.8.8.8]",
    "[2001:200::1]",
    "[2001:4860:4860::8888]",
    "[2002:808:808::1]",
    "[2606:4700::1111]",
    "[3ffe:ffff::1]",
    "[3fff:1000::1]",
];

fn url(host: &str) -> Url {
    format!("http://{host}/feed").parse().unwrap_or_else(|error| panic!("{host}: {error}"))
}

#[test]
fn no_spelling_of_a_private_address_passes() {
    let guard = Guard::default();
    for host in REFUSED_LITERALS {
        let refusal = guard.check_url(&url(host));
        assert!(matches!(refusal, Err(Refusal::Address(_))), "{host}: {refusal:?}");
    }
    assert!(REFUSED_LITERALS.len() >= 100);
}

#[test]
fn the_neighbours_outside_pass() {
    for host in PUBLIC_LITERALS {
        assert_eq!(Guard::default().check_url(&url(host)), Ok(Reach::Public), "{host}");
    }
}

#[track_caller]
fn check(guard: &Guard, url: &str, expected: Result<Reach, Refusal>) {
    assert_eq!(guard.check_url(&url.parse().unwrap()), expected, "{url}");
}

#[test]
fn schemes_ports_and_user_info() {
    let guard = Guard::default();
    check(&guard, "https://example.org/", Ok(Reach::Public));
    check(&guard, "https://example.org:443/", Ok(Reach::Public));
    check(&guard, "http://example.org:443/", Ok(Reach::Public));
    check(&guard, "http://example.org:8080/", Err(Refusal::Port(8080)));
    check(&guard, "http://8.8.8.8:25/", Err(Refusal::Port(25)));
    check(&guard, "http://u@example.org/", Err(Refusal::UserInfo));
    check(&guard, "http://:p@example.org/", Err(Refusal::UserInfo));
    check(&guard, "http://example.org@127.0.0.1/", Err(Refusal::UserInfo));
    for scheme in ["ftp", "file", "gopher", "data", "javascript", "ws"] {
        check(&guard, &format!("{scheme}://example.org/"), Err(Refusal::Scheme(scheme.to_owned())));
    }
    let long = format!("http://example.org/{}", "a".repeat(2048));
    check(&guard, &long, Err(Refusal::TooLong(long.len())));
}

#[test]
fn what_the_operator_allows() {
    let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()], [8443]);
    check(&guard, "http://127.0.0.1:9999/", Ok(Reach::Allowed));
    check(&guard, "http://127.0.0.1/", Ok(Reach::Public));
    check(&guard, "http://[::ffff:127.0.0.1]:9999/", Ok(Reach::Allowed));
    check(&guard, "http://[fd00::1]:9999/", Ok(Reach::Allowed));
    check(&guard, "http://[::1]:9999/", Err(Refusal::Address(Ipv6Addr::LOCALHOST.into())));
    check(&guard, "http://10.0.0.1:9999/", Err(Refusal::Address(Ipv4Addr::new(10, 0, 0, 1).into())));
    check(&guard, "http://8.8.8.8:9999/", Err(Refusal::Port(9999)));
    check(&guard, "http://8.8.8.8:8443/", Ok(Reach::Public));
    // Where the name leads is known when it is looked up; then only allowed addresses pass.
    check(&guard, "http://inner.example:9999/", Ok(Reach::Allowed));
    assert!(guard.check_address(Ipv4Addr::new(8, 8, 8, 8).into(), Reach::Allowed).is_err());
    assert!(guard.check_address(Ipv4Addr::LOCALHOST.into(), Reach::Allowed).is_ok());
}

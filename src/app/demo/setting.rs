//! The configuration of a demo, in the words of a configuration file.

/// For the made-up web: everything on loopback, polled every two seconds, so that one sees it live.
pub const MADE_UP: &str = r#"
[polling]
interval = "2s"
floor = "1s"
host_spacing = "200ms"
back_off = "2s"
back_off_max = "4s"

[fetch]
allow_addresses = ["127.0.0.0/8"]

[feeds]
backlog = "publish"

[http]
listen = "127.0.0.1:0"
admin = "127.0.0.1:0"

[log]
filter = "warn,depeche::kafka::log=error"
"#;

/// For feeds of one's own: as polite as ever, but all that they show at first is published, for there is no more to
/// see in half a minute.
pub const OWN_FEEDS: &str = r#"
[polling]
interval = "5m"

[feeds]
backlog = "publish"

[http]
listen = "127.0.0.1:0"
admin = "127.0.0.1:0"

[log]
filter = "warn,depeche::kafka::log=error"
"#;

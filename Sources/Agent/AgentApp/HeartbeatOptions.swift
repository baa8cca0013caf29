import HTTPFetching

/// Where heartbeats go and how often.
struct HeartbeatOptions: Sendable {
    var url: String
    var token: String?
    var tls: ClientTLS?
    var interval: Duration
}

/// In which order endpoints are used: in turn, those that failed lately last.
///
/// Pure: the caller tells the time.
struct EndpointOrder {
    /// How long an endpoint that failed is avoided, unless it said for how long.
    static let avoidance = Duration.seconds(30)
    /// The longest that an endpoint may ask to be left alone.
    static let longestAvoidance = Duration.seconds(600)

    private var turn = 0
    private var avoided: [String: ContinuousClock.Instant] = [:]

    /// The endpoints in the order in which they are to be tried; the next call begins with the next one.
    mutating func next(_ endpoints: [String], now: ContinuousClock.Instant) -> [String] {
        defer { turn = (turn + 1) % max(1, endpoints.count) }
        let start = endpoints.isEmpty ? 0 : turn % endpoints.count
        return sorted(Array(endpoints[start...] + endpoints[..<start]), now: now)
    }

    /// The same, beginning with `first`, which isn't anybody's turn.
    mutating func beginning(
        with first: String,
        _ endpoints: [String],
        now: ContinuousClock.Instant
    ) -> [String] {
        sorted(endpoints.filter { $0 == first } + endpoints.filter { $0 != first }, now: now)
    }

    private mutating func sorted(_ endpoints: [String], now: ContinuousClock.Instant) -> [String] {
        avoided = avoided.filter { $0.value > now }
        return endpoints.filter { avoided[$0] == nil } + endpoints.filter { avoided[$0] != nil }
    }

    /// Notes that an endpoint failed.
    mutating func failed(_ endpoint: String, retryAfter: Duration?, now: ContinuousClock.Instant) {
        avoided[endpoint] = now + min(retryAfter ?? Self.avoidance, Self.longestAvoidance)
    }

    /// Notes that an endpoint works.
    mutating func worked(_ endpoint: String) { avoided[endpoint] = nil }
}

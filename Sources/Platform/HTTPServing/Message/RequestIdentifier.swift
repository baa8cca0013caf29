import TextForms

/// A request's name: sixteen random bytes until somebody wants to read it, so that the hot path makes no text.
enum RequestIdentifier: Sendable {
    case given(String)
    case random(high: UInt64, low: UInt64)

    static func random() -> RequestIdentifier {
        var generator = SystemRandomNumberGenerator()
        return .random(high: generator.next(), low: generator.next())
    }

    /// `req-` and a UUID (RFC 9562, version 4).
    var text: String {
        switch self {
        case .given(let text): text
        case .random(let high, let low): "req-" + UUIDText.text(version: 4, high: high, low: low)
        }
    }
}

/// A small fast generator for names that need to differ, not to be unguessable (SplitMix64, seeded by the system).
struct NameGenerator {
    private var state: UInt64

    init() {
        var system = SystemRandomNumberGenerator()
        state = system.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func identifier() -> RequestIdentifier { .random(high: next(), low: next()) }
}

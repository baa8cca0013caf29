/// Random numbers that a seed decides (SplitMix64), so that a failure can be repeated.
package struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Some of the bytes changed, removed, doubled or swapped for what means something in JSON.
    package mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.remove(at: place)
            case 2: bytes[place] = Array("[]{}\",:-019eE\\".utf8).randomElement(using: &self) ?? 0
            case 3: bytes.insert(contentsOf: Array("9223372036854775808".utf8), at: place)
            default: bytes.insert(contentsOf: bytes[..<place].suffix(8), at: place)
            }
        }
        return bytes
    }

    /// The first number of a seed.
    package static func value(_ seed: UInt64) -> UInt64 {
        var random = SplitMix(seed: seed)
        return random.next()
    }
}

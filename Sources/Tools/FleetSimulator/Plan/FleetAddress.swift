/// The loopback addresses of simulated hosts: 127.16.0.1, 127.16.0.2, … with 250 to the last two parts each, so that
/// nobody trips over .0 and .255.
enum FleetAddress {
    /// The most hosts that there are addresses for.
    static let capacity = 240 * 250 * 250

    /// A host's address.
    static func text(of index: Int) -> String {
        "127.\(16 + index / 62_500).\(index / 250 % 250).\(index % 250 + 1)"
    }

    /// The host at an address; nil for an address of nobody's.
    static func index(of address: Substring) -> Int? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return nil }
        let numbers = parts[1...].compactMap { Int($0) }
        guard numbers.count == 3, (16..<256).contains(numbers[0]), (0..<250).contains(numbers[1]),
            (1...250).contains(numbers[2])
        else { return nil }
        return (numbers[0] - 16) * 62_500 + numbers[1] * 250 + numbers[2] - 1
    }
}

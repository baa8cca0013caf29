/// How many hosts of a job may work at once: a number, or a share of the job's hosts.
package enum Parallelism: Hashable, Sendable, CustomStringConvertible {
    /// So many hosts, at least 1.
    case hosts(Int)
    /// So many percent of the job's hosts, 1 to 100, rounded up.
    case percent(Int)

    /// Reads `32` or `25%`.
    ///
    /// Throws ``InvalidValue`` for anything else.
    package init(_ text: String) throws(InvalidValue) {
        let isPercent = text.hasSuffix("%")
        guard let number = Int(isPercent ? text.dropLast() : text[...]), number >= 1,
            number <= (isPercent ? 100 : 1_000_000), !text.hasPrefix("+")
        else {
            throw InvalidValue("parallelism", text, rule: "a number of hosts from 1, or 1% to 100%")
        }
        self = isPercent ? .percent(number) : .hosts(number)
    }

    /// The number of hosts at once in a job of `total` hosts, at least 1.
    package func limit(of total: Int) -> Int {
        switch self {
        case .hosts(let number): number
        case .percent(let share): max(1, (total * share + 99) / 100)
        }
    }

    /// The value as text, fit for logs.
    package var description: String {
        switch self {
        case .hosts(let number): "\(number)"
        case .percent(let share): "\(share)%"
        }
    }
}

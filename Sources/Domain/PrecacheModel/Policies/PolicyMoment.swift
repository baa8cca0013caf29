/// How far a policy was carried out at one time, as its history keeps it.
package struct PolicyMoment: Hashable, Sendable {
    /// Its number: moments that were written down later have higher ones.
    package var number: Int64
    /// When it was.
    package var at: Timestamp
    /// Where the policy stood.
    package var state: PolicyStatus.State
    /// What held it up then, each cause once, in order.
    package var causes: [String]
    /// The whole status, as JSON of the service's API.
    package var status: String

    package init(
        number: Int64 = 0,
        at: Timestamp,
        state: PolicyStatus.State,
        causes: [String],
        status: String
    ) {
        self.number = number
        self.at = at
        self.state = state
        self.causes = causes
        self.status = status
    }

    /// How far apart moments are in which nothing but numbers differ.
    package static let pause = Duration.seconds(60)

    /// Whether it is worth writing down after this one.
    ///
    /// A new state or cause is, at once; other numbers are once in ``pause``, whatever a fleet does.
    package func isNews(after last: PolicyMoment?) -> Bool {
        guard let last, last.state == state, last.causes == causes else { return true }
        // A clock that was set back writes again, too; two controllers' may be a little apart.
        return last.status != status && (at >= last.at + Self.pause || at < last.at - Self.pause)
    }
}

/// What a token's bearer may do.
package enum Role: String, Sendable, CaseIterable {
    /// May look at everything but tokens.
    case reader
    /// Also starts, cancels and retries jobs.
    case `operator`
    /// Also changes the inventory.
    case admin
    /// May send heartbeats, and nothing else.
    case agent

    /// Whether a bearer of this role may do what asks for `needed`.
    ///
    /// `reader` ⊂ `operator` ⊂ `admin`; `agent` stands apart.
    package func allows(_ needed: Role) -> Bool {
        switch (self, needed) {
        case (.agent, .agent), (.admin, .reader), (.admin, .operator), (.admin, .admin): true
        case (.operator, .reader), (.operator, .operator), (.reader, .reader): true
        default: false
        }
    }
}

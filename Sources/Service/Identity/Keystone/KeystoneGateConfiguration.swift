/// How the gate trusts what Keystone said.
package struct KeystoneGateConfiguration: Sendable {
    /// Which roles count.
    package var roles: RoleMapping
    /// How long a token that holds is believed without asking again: a revocation is noticed within this time.
    ///
    /// The default is 60 s.
    package var cacheTime: Duration = .seconds(60)
    /// The same for a token that doesn't hold.
    ///
    /// The default is 10 s.
    package var refusalTime: Duration = .seconds(10)
    /// Tokens remembered at most, of either kind.
    ///
    /// The default is 10,000.
    package var cacheSize = 10_000
    /// Tokens that are being looked up at once; others are told to come again.
    ///
    /// The default is 256.
    package var concurrentLookups = 256
    /// Wrong tokens that one address may send: more than for tokens of our own, as a dashboard speaks for many users.
    package var attempts = AttemptLimits(burst: 100, interval: .milliseconds(200))

    /// A configuration with these roles and the defaults.
    package init(roles: RoleMapping) { self.roles = roles }
}

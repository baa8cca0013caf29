package import PrecacheModel

/// When images are exchanged among the hosts of a job, and how the service proves that it said so.
package struct RelayRules: Sendable {
    /// Images below this size are fetched by each host.
    package var minimumBytes: Int64
    /// Jobs with fewer hosts have each fetch its own.
    package var minimumHosts: Int
    /// How many hosts read the source at first.
    package var seeds: Int
    /// What all hosts together may read of an image at its source, in copies, while others still read it.
    package var copies: Int
    /// How long a host gives an image to others after it has it, at most.
    package var serve: Duration
    /// Makes the ticket of an image in a job.
    package var ticket: @Sendable (JobID, Digest) -> String
    /// Makes the warrant of a seed, for the holders of a ticket; nil if it can't.
    package var warrant: @Sendable (Digest, _ ticket: String, HostName) -> SeedWarrant?

    package init(
        minimumBytes: Int64 = 64 << 20,
        minimumHosts: Int = 4,
        seeds: Int = 2,
        copies: Int = 3,
        serve: Duration = .seconds(600),
        ticket: @escaping @Sendable (JobID, Digest) -> String,
        warrant: @escaping @Sendable (Digest, String, HostName) -> SeedWarrant?
    ) {
        self.minimumBytes = minimumBytes
        self.minimumHosts = minimumHosts
        self.seeds = seeds
        self.copies = copies
        self.serve = serve
        self.ticket = ticket
        self.warrant = warrant
    }
}

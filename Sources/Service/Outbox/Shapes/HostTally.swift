import PrecacheModel

/// Finds out from a job's outcomes, in their order, when each host's last image has ended.
struct HostTally {
    private let images: [ImageID]
    private let expected: [HostName: Int]
    private var open: [HostName: [ImageID: Outcome]] = [:]
    private var completed = 0

    /// A tally of a job with these images, from its first event on.
    ///
    /// `expected` says how many of them a host has that doesn't have all, as in a job that retries another.
    init(images: [ImageID], expected: [HostName: Int] = [:]) {
        self.images = images
        self.expected = expected
    }

    /// Takes one outcome; the host's completion if it was the host's last.
    ///
    /// As in Nova (`nova/compute/utils.py`, `notify_about_aggregate_cache`) `cached` and `existing` count as cached and
    /// all else as failed, `unsupported` and `skipped` too.
    mutating func take(host: HostName, image: ImageID, outcome: Outcome) -> HostCompletion? {
        var outcomes = open.removeValue(forKey: host) ?? [:]
        outcomes[image] = outcome
        guard outcomes.count >= expected[host] ?? images.count else {
            open[host] = outcomes
            return nil
        }
        completed += 1
        let isCached = { (image: ImageID) in outcomes[image] == .cached || outcomes[image] == .existing }
        return HostCompletion(
            host: host,
            index: completed,
            cached: images.filter(isCached),
            failed: images.filter { outcomes[$0] != nil && !isCached($0) }
        )
    }
}

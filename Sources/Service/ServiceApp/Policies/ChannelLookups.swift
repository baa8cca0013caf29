import ImageService
import Policies
import PrecacheModel

/// When channels were looked up, and what came of it.
struct ChannelLookups {
    private var askedAt: [ImageChannel: ContinuousClock.Instant] = [:]
    /// Why channels couldn't be looked up.
    private var failures: [ImageChannel: String] = [:]
    /// When one is to be looked up next; nil if none is.
    private(set) var nextAt: ContinuousClock.Instant?

    /// What was never found, or couldn't be asked for, is asked for after so long at the latest.
    private static let unknown = Duration.seconds(30)

    /// Looks channels up that are due, or whose policy is asked for, and has the policies take what they mean.
    ///
    /// Who was asked longest ago comes first; where nobody answers, only one is asked in a round, since each would wait as long.
    mutating func look(
        for policies: inout [KeptPolicy],
        _ asked: Set<PolicyName>,
        _ settings: PolicySettings,
        at now: Timestamp,
        _ newest: (ImageChannel) async throws -> [ImageID]
    ) async {
        var waits: [ImageChannel: Duration] = [:]
        var due: Set<ImageChannel> = []
        let clock = ContinuousClock.now
        for policy in policies where policy.record.spec.isEnabled {
            for (image, meaning) in zip(policy.record.spec.images, policy.meanings) {
                guard case .newest(let channel, _) = image else { continue }
                let isKnown = !meaning.current.isEmpty && failures[channel] == nil
                let wait = isKnown ? settings.check : min(settings.check, Self.unknown)
                waits[channel] = min(waits[channel] ?? wait, wait)
                if asked.contains(policy.record.name) { due.insert(channel) }
            }
        }
        askedAt = askedAt.filter { waits[$0.key] != nil }
        failures = failures.filter { waits[$0.key] != nil }
        for (channel, wait) in waits where askedAt[channel].map({ clock - $0 >= wait }) ?? true {
            due.insert(channel)
        }
        let found = await find(due, clock, newest)
        for index in policies.indices {
            for (place, image) in policies[index].record.spec.images.enumerated() {
                guard case .newest(let channel, let count) = image else { continue }
                if let images = found[channel], policies[index].record.spec.isEnabled {
                    policies[index].meanings[place].take(images, count: count, at: now)
                }
                policies[index].meanings[place].failure = failures[channel]
            }
        }
        // What was due and wasn't asked for waits as if it had been.
        nextAt = waits.map { channel, wait in max(askedAt[channel].map { $0 + wait } ?? clock, clock) }.min()
        if let next = nextAt, next <= clock { nextAt = clock + min(settings.check, Self.unknown) }
    }

    private mutating func find(
        _ due: Set<ImageChannel>,
        _ clock: ContinuousClock.Instant,
        _ newest: (ImageChannel) async throws -> [ImageID]
    ) async -> [ImageChannel: [ImageID]] {
        let order = due.sorted { left, right in
            guard let second = askedAt[right] else { return askedAt[left] == nil && left.key < right.key }
            return askedAt[left].map { ($0, left.key) < (second, right.key) } ?? true
        }
        var found: [ImageChannel: [ImageID]] = [:]
        var away: String?
        for channel in order {
            if let away {
                failures[channel] = away
                continue
            }
            askedAt[channel] = clock
            do {
                found[channel] = try await newest(channel)
                failures[channel] = nil
            } catch {
                failures[channel] = "\(error)"
                // A refusal is this channel's alone.
                if case .refused? = error as? ImageServiceError { continue }
                away = "\(error)"
            }
        }
        return found
    }
}

package import BitCollections
package import PrecacheModel

/// Which host has which image, as last heard: what coverage and policies are computed from.
///
/// Hosts and images have small numbers here, *slots*, so that a set of hosts is a bit each and an aggregate's coverage by fifty
/// images takes microseconds. A host keeps its slot for as long as it is in the inventory.
package struct Fleet: Sendable {
    /// What a host's agent listed last.
    private struct Listing {
        var mark: Int64
        var at: Timestamp
        var whole: [Int]
        var damaged: [Int]
    }

    /// Which state of the inventory it has; nil before the first.
    package private(set) var revision: Int64?
    /// By slot; nil where a host was that is gone.
    package private(set) var hosts: [Host?] = []
    package private(set) var aggregates: [AggregateName: Aggregate] = [:]
    /// By slot.
    package private(set) var images: [ImageID] = []
    /// The hosts that have an image whole, by its slot; alive or not.
    package private(set) var whole: [BitSet] = []
    private var damaged: [BitSet] = []
    /// The hosts whose storage can't take an image: its last outcome there was `unsupported`.
    private var unsupported: [BitSet] = []
    /// By image and host: how often it couldn't be brought there, since it last was there.
    package private(set) var failures: [[Int: ImageFailure]] = []

    /// By image and host: how often it was there and then wasn't.
    package private(set) var losses: [[Int: ImageFailure]] = []
    /// Rises whenever something changes that decides what is to be done.
    package private(set) var changes = 0

    private var slots: [Int64: Int] = [:]
    private var free: [Int] = []
    private var freeImages: [Int] = []
    private var sweepAt = sweptFrom
    /// The slots of images that somebody has, or has failed to have; others of ``images`` stand for nothing.
    package private(set) var imageSlots: [ImageID: Int] = [:]
    /// By slot; nil of hosts that were never heard.
    package private(set) var beats: [Beat?] = []
    private var listings: [Listing?] = []
    /// Images that a job has just brought to a host, which a list that was on its way may not have yet.
    private var fresh: [Int: [Int: Timestamp]] = [:]

    /// How long what a job brought counts whatever a host's list says.
    private static let freshness = Duration.seconds(20)
    /// How far the clocks of those who write may be apart, or what they write be late.
    private static let doubt = Duration.seconds(60)
    /// How long a loss is remembered.
    private static let memory = Duration.seconds(2 * 86_400)

    /// Since when heartbeats have been listened for: who was silent before may have spoken to nobody.
    let since: Timestamp?
    /// The last beat that came while somebody listened before that: who was down then, was.
    private(set) var heardUntil: Timestamp?

    /// - Parameter since: Since when heartbeats are listened for; nil if all that came are known.
    package init(listeningSince since: Timestamp? = nil) { self.since = since }

    // MARK: The inventory

    /// Takes the inventory as it is now.
    ///
    /// - Parameters:
    ///   - hosts: All hosts.
    ///   - aggregates: All aggregates, with their hosts' numbers.
    ///   - revision: What tells this state from others.
    package mutating func take(
        _ hosts: [Host],
        aggregates: [(id: Int64, name: AggregateName, hosts: [Int64])],
        revision: Int64
    ) {
        let present = Set(hosts.map(\.id))
        for (id, slot) in slots where !present.contains(id) { remove(id, slot) }
        for host in hosts { self.hosts[makeSlot(host.id)] = host }
        self.aggregates = [:]
        for aggregate in aggregates {
            let members = BitSet(aggregate.hosts.compactMap { slots[$0] })
            self.aggregates[aggregate.name] = Aggregate(
                id: aggregate.id,
                name: aggregate.name,
                hosts: members
            )
        }
        self.revision = revision
        changes += 1
    }

    private mutating func remove(_ id: Int64, _ slot: Int) {
        (slots[id], hosts[slot], beats[slot], listings[slot], fresh[slot]) = (nil, nil, nil, nil, nil)
        free.append(slot)
        for image in images.indices {
            whole[image].remove(slot)
            damaged[image].remove(slot)
            unsupported[image].remove(slot)
            failures[image][slot] = nil
            losses[image][slot] = nil
        }
    }

    /// The slot of a host's number; nil if it isn't in the inventory that was taken.
    package func slot(of host: Int64) -> Int? { slots[host] }

    /// The slot of an image; nil if nobody has had it.
    package func slot(of image: ImageID) -> Int? { imageSlots[image] }

    // MARK: What hosts say

    /// Notes that a host's agent was alive; what is older than what is known changes nothing.
    ///
    /// - Parameters:
    ///   - host: The host's number.
    ///   - beat: What it said.
    ///   - hasList: Whether its list is the one of that time, and so has what jobs brought, if it is still there.
    package mutating func heard(_ host: Int64, _ beat: Beat, hasList: Bool = true) {
        let (slot, time) = (makeSlot(host), beat.at)
        if let known = beats[slot] {
            // A clock that was set back is believed, or its hosts would be as they were until it catches up.
            let state = HostState.of(receivedAt: known.at, interval: known.interval, now: time)
            if known.at > time, state != .unknown { return }
            // It is back.
            if state == .down { changes += 1 }
        } else {
            changes += 1
        }
        beats[slot] = beat
        if let since, time < since { heardUntil = max(heardUntil ?? time, time) }
        guard hasList else { return }
        for (image, since) in fresh[slot] ?? [:]
        where time >= since + Self.freshness || time + Self.freshness < since {
            fresh[slot]?[image] = nil
            if listings[slot]?.whole.contains(image) == false { lose(image, at: slot, time) }
        }
        if fresh[slot]?.isEmpty == true { fresh[slot] = nil }
    }

    /// When a host's last list came; nil if it gave none.
    package func listedAt(_ host: Int64) -> Timestamp? { slots[host].flatMap { listings[$0]?.at } }

    /// What tells that list from others.
    package func mark(of host: Int64) -> Int64? { slots[host].flatMap { listings[$0]?.mark } }

    /// Takes what a host holds, in place of its list before.
    package mutating func take(_ list: [HeartbeatImage], of host: Int64, mark: Int64, at time: Timestamp) {
        let slot = makeSlot(host)
        let former = listings[slot]
        for image in former?.damaged ?? [] { damaged[image].remove(slot) }
        var listing = Listing(mark: mark, at: time, whole: [], damaged: [])
        for one in list {
            // At once: an image that nobody has may be swept while room is made for the next.
            let image = makeSlot(one.id)
            if one.isDamaged {
                listing.damaged.append(image)
                damaged[image].insert(slot)
            } else {
                listing.whole.append(image)
                whole[image].insert(slot)
                unsupported[image].remove(slot)
                failures[image][slot] = nil
                // The host has told of it itself: a later list without it means that it is gone.
                fresh[slot]?[image] = nil
            }
        }
        listings[slot] = listing
        let kept = Set(listing.whole)
        for image in former?.whole ?? [] where !kept.contains(image) && fresh[slot]?[image] == nil {
            lose(image, at: slot, time)
        }
        changes += 1
    }

    /// Forgets what went wrong with images.
    package mutating func forgive(_ images: Set<ImageID>) {
        for image in images {
            guard let slot = imageSlots[image] else { continue }
            (failures[slot], losses[slot]) = ([:], [:])
        }
        changes += 1
    }

    private mutating func lose(_ image: Int, at slot: Int, _ time: Timestamp) {
        whole[image].remove(slot)
        let count = losses[image][slot].map { time - $0.at < Self.memory ? $0.count : 0 } ?? 0
        losses[image][slot] = ImageFailure(count: count + 1, at: time, reason: nil)
        changes += 1
    }

    /// Notes an image's outcome on a host: what a job brought is there before the host's next list says so.
    ///
    /// - Parameters:
    ///   - outcome: How it ended.
    ///   - image: The image.
    ///   - host: The host's number.
    ///   - time: When.
    ///   - failure: If it failed; its count is raised to one more than is known.
    package mutating func ended(
        _ outcome: Outcome,
        of image: ImageID,
        on host: Int64,
        at time: Timestamp,
        failure: ImageFailure? = nil
    ) {
        let (slot, image) = (makeSlot(host), makeSlot(image))
        changes += 1
        switch outcome {
        case .unsupported: unsupported[image].insert(slot)
        case .error, .skipped:
            guard var failure, !whole[image].contains(slot) else { return }
            let known = failures[image][slot]
            // What was read of it once more is the same one; what is much older comes from a clock that was set back.
            if let known, known.at >= time, known.at <= time + Self.doubt { return }
            failure.count = max(failure.count, (known?.count ?? 0) + 1)
            failures[image][slot] = failure
        case .cached, .existing:
            let isListed = outcome == .existing && listings[slot]?.whole.contains(image) == true
            brought(image, to: slot, at: time, isListed: isListed)
        case .pending, .running, .cancelled: break
        }
    }

    /// Whether an image couldn't be brought to a host since it was last there.
    package func hasFailed(_ image: ImageID, on host: Int64) -> Bool {
        guard let slot = slots[host], let image = imageSlots[image] else { return false }
        return failures[image][slot] != nil || unsupported[image].contains(slot)
    }

    private mutating func brought(_ image: Int, to slot: Int, at time: Timestamp, isListed: Bool) {
        if !isListed { fresh[slot, default: [:]][image] = time }
        whole[image].insert(slot)
        damaged[image].remove(slot)
        unsupported[image].remove(slot)
        failures[image][slot] = nil
    }

    /// The slot of a host, who may be heard of before the inventory that has it is read.
    private mutating func makeSlot(_ host: Int64) -> Int {
        if let slot = slots[host] { return slot }
        let slot = free.popLast() ?? hosts.count
        if slot == hosts.count {
            hosts.append(nil)
            beats.append(nil)
            listings.append(nil)
        }
        slots[host] = slot
        return slot
    }

    private mutating func makeSlot(_ image: ImageID) -> Int {
        if let slot = imageSlots[image] { return slot }
        if images.count - freeImages.count >= sweepAt { sweepImages() }
        if let slot = freeImages.popLast() {
            images[slot] = image
            imageSlots[image] = slot
            return slot
        }
        let slot = images.count
        images.append(image)
        whole.append(BitSet())
        damaged.append(BitSet())
        unsupported.append(BitSet())
        failures.append([:])
        losses.append([:])
        imageSlots[image] = slot
        return slot
    }

    /// Forgets images that nobody has any more: an agent that lists others each time must not fill the memory.
    private mutating func sweepImages() {
        for (image, slot) in imageSlots
        where whole[slot].isEmpty && damaged[slot].isEmpty && unsupported[slot].isEmpty
            && failures[slot].isEmpty
        {
            imageSlots[image] = nil
            losses[slot] = [:]
            freeImages.append(slot)
        }
        sweepAt = max(Self.sweptFrom, 2 * (images.count - freeImages.count))
    }

    private static let sweptFrom = 4_096

    // MARK: Sets of hosts

    /// Hosts whose copy of an image is damaged, and that have no whole one.
    package func damaged(_ image: Int) -> BitSet { damaged[image].subtracting(whole[image]) }

    /// Hosts that lack an image and can't have it.
    package func unsupported(_ image: Int) -> BitSet { unsupported[image].subtracting(whole[image]) }
}

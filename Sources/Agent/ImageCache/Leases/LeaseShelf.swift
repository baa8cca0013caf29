import PrecacheAPI
import PrecacheModel

/// The leases on disk: `.precache/leases/<host>.json`, with mode 0600.
///
/// Blocks. Each host's agent writes its own file alone; it reads the others' so that what they are to keep stays, too.
struct LeaseShelf {
    let layout: CacheLayout
    let state: CacheState

    /// The most bytes of a file: more than what the largest answer to a heartbeat becomes.
    private static let limit = 16 << 20
    /// The least often that a renewal is written.
    private static let rewriting = Duration.seconds(3_600)
    private static let suffix = ".json"

    private var own: String { layout.host + Self.suffix }

    /// Reads this host's own.
    ///
    /// - Returns: The file if it can't be read; it is moved aside, and the service tells anew what is leased.
    func load() throws(CacheError) -> UnreadableRecord? {
        guard try layout.leases.status(of: own) != nil else { return nil }
        switch read(own) {
        case .leases(let held):
            let held = held.corrected(at: ImageCache.now())
            state.set(leases: held, writtenAt: held.renewedAt)
            return nil
        case .unreadable(let cause):
            var place = own
            let aside = "\(layout.host).unreadable"
            // Where it can't be moved, the next set takes its place.
            if (try? layout.leases.move(own, to: aside, in: layout.leases)) != nil { place = aside }
            return UnreadableRecord(name: own, cause: cause, place: "\(layout.leases.path)/\(place)")
        }
    }

    /// Takes a new set in place of the one before; nil says that the one held is right.
    ///
    /// It is in force at once, also where it can't be written down.
    func take(_ set: LeaseSet?) throws(CacheError) {
        let now = ImageCache.now()
        let former = state.leases(at: now).own
        if let set {
            let held = HeldLeases(set, renewedAt: now, toldAt: former?.toldAt ?? [:])
            state.set(leases: held, writtenAt: nil)
            return try write(held)
        }
        guard let held = former?.renewed(at: now) else { return }
        let writtenAt = state.leasesWrittenAt
        state.set(leases: held, writtenAt: writtenAt)
        // Each heartbeat renews, and needn't be written: after a restart the leases are that much shorter.
        let step = min(Self.rewriting, held.set.duration / 4) / .microseconds(1)
        if let writtenAt, writtenAt <= now, Double(now - writtenAt) < step { return }
        try write(held)
    }

    /// Takes over what other hosts' agents have written since.
    func refresh() throws(CacheError) {
        var others = state.otherLeases
        var there: Set<String> = []
        for name in try layout.leases.names() where name.hasSuffix(Self.suffix) && name != own {
            guard let attributes = try layout.leases.status(of: name)?.attributes else { continue }
            there.insert(name)
            guard others[name]?.attributes != attributes else { continue }
            // One that can't be read is moved aside by its own agent.
            guard case .leases(let held) = read(name) else { continue }
            others[name] = (held, attributes)
        }
        state.otherLeases = others.filter { there.contains($0.key) }
    }

    private func write(_ held: HeldLeases) throws(CacheError) {
        var json = JSONWriter(capacity: 256 + 96 * held.set.leases.count)
        json.object { json in
            json.member("renewed_at_us", held.renewedAt)
            json.object("told_at_us") { json in
                for (image, time) in held.toldAt.sorted(by: { $0.key < $1.key }) {
                    json.key(text: image.text)
                    json.integer(time)
                }
            }
            json.key("set")
            json.leases(held.set)
        }
        try layout.leases.writeSmall(own, json.bytes)
        state.set(leases: held, writtenAt: held.renewedAt)
    }

    private enum Reading {
        case leases(HeldLeases)
        case unreadable(String)
    }

    private func read(_ name: String) -> Reading {
        let content: [UInt8]?
        do throws(CacheError) {
            content = try layout.leases.readSmall(name, upTo: Self.limit)
        } catch {
            return .unreadable(error.description)
        }
        guard let bytes = content else { return .unreadable("it is no file, or too large for leases") }
        let form: JSONValue
        do throws(JSONSyntaxError) {
            form = try JSONParser.parse(bytes)
        } catch {
            return .unreadable("\(error)")
        }
        var problems = InputProblems()
        let set = LeaseSet(form["set"] ?? .null, path: "set", &problems)
        guard let set, let renewedAt = form["renewed_at_us"]?.integer,
            !renewedAt.addingReportingOverflow(LeaseSet.longest.components.seconds * 1_000_000).overflow
        else {
            let fault = problems.list.first.map { "\($0.field) \($0.message)" }
            return .unreadable(fault ?? "renewed_at_us is missing or wrong")
        }
        var toldAt: [ImageID: Int64] = [:]
        for member in form["told_at_us"]?.members ?? [] {
            if let image = try? ImageID(member.name) { toldAt[image] = member.value.integer }
        }
        return .leases(HeldLeases(set, renewedAt: renewedAt, toldAt: toldAt))
    }
}

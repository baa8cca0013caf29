import PrecacheClient
import PrecacheModel

/// What a job's numbers say for a picture.
struct JobProgress {
    let job: JobView

    /// How much is done, 0 to 1: by results, or by bytes where those are further.
    var fraction: Double {
        if job.isFinal { return 1 }
        let all = job.resultCount
        guard all > 0 else { return 0 }
        let byResults = Double(job.finishedCount) / Double(all)
        guard let bytes = job.bytes, let total = bytes.total, total > 0, isSized else { return byResults }
        return min(0.999, max(byResults, Double(bytes.fetched) / Double(total)))
    }

    /// Whether the total has every image in it.
    private var isSized: Bool { job.images?.allSatisfy { $0.sizeBytes != nil } ?? true }

    /// `hosts 744/1,200`.
    var hosts: String { "hosts \(Quantity.count(job.hosts.done))/\(Quantity.count(job.hosts.total))" }

    /// `12.4 GiB of 40.0 GiB`, without the second where sizes aren't known, or nil where no bytes are known of.
    var bytes: String? {
        guard let bytes = job.bytes, bytes.done > 0 || (bytes.total ?? 0) > 0 else { return nil }
        guard let total = bytes.total, total > 0, total >= bytes.done, isSized || job.isFinal else {
            return Quantity.bytes(bytes.done)
        }
        return "\(Quantity.bytes(bytes.done)) of \(Quantity.bytes(total))"
    }

    /// Where the bytes of an exchange came from, as `2.1 copies from the source`, `120.0 GiB between hosts` and
    /// `1.3 copies into zone west`; empty where nothing was exchanged yet.
    var transfer: [String] {
        guard let transfer = job.transfer, let copies = transfer.copies else { return [] }
        // Results say it: before the first there is nothing to tell.
        guard copies > 0 || transfer.fromPeersBytes ?? 0 > 0 else { return [] }
        return [
            "\(Self.words(copies)) from the source",
            "\(Quantity.bytes(transfer.fromPeersBytes ?? 0)) between hosts",
        ] + Self.crossings(transfer.crossings ?? [])
    }

    /// What came into the three zones that got most from others, and how many zones more got something.
    private static func crossings(_ crossings: [JobView.Transfer.Crossing]) -> [String] {
        let most = crossings.sorted { $0.bytes > $1.bytes }.prefix(3).map { crossing in
            let count = crossing.copies.map(words) ?? Quantity.bytes(crossing.bytes)
            return count + (crossing.zone.map { " into zone \($0)" } ?? " into hosts without a zone")
        }
        let more = crossings.count - most.count
        return most + (more > 0 ? ["and into \(Quantity.count(more, "zone")) more"] : [])
    }

    /// `2.1 copies`.
    private static func words(_ copies: Double) -> String {
        let tenths = Int((min(max(copies, 0), 1e9) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) \(tenths == 10 ? "copy" : "copies")"
    }

    /// `node-1, node-2`: who reads the source for the others; nil if nobody does.
    var seeds: String? {
        guard let seeds = job.transfer?.seeds, !seeds.isEmpty else { return nil }
        return seeds.joined(separator: ", ")
    }

    /// Each outcome that occurs, good ones first.
    var counts: [(outcome: Outcome, count: Int)] {
        let order: [Outcome] = [
            .cached, .existing, .unsupported, .running, .pending, .error, .skipped, .cancelled,
        ]
        return order.map { ($0, job.count($0)) }.filter { $0.count > 0 }
    }

    /// `cached 1,400, existing 20, error 3`.
    var countText: String {
        counts.map { "\($0.outcome.rawValue) \(Quantity.count($0.count))" }.joined(separator: ", ")
    }

    /// `no_space 5, host_down 2`, without what the outcome says already.
    var reasonText: String {
        job.sortedReasons.filter { Outcome(rawValue: $0.reason) == nil }
            .map { "\($0.reason) \(Quantity.count($0.count))" }.joined(separator: ", ")
    }

    /// What a queued job waits for, in words.
    static func waiting(for what: String) -> String {
        what == "window" ? "its policy's next window" : what
    }

    /// `2 images on 1,200 hosts of web`, without what isn't known.
    var subject: String {
        let hosts = "\(Quantity.count(job.hosts.total, "host")) of \(TerminalText.escaped(job.aggregate))"
        guard let images = job.images else { return hosts }
        guard images.count == 1, let image = images.first else {
            return "\(Quantity.count(images.count, "image")) on \(hosts)"
        }
        return "\(TerminalText.escaped(image.name ?? image.id)) on \(hosts)"
    }
}

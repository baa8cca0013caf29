import PrecacheModel

/// Reports that the ledger hasn't got yet, in order.
///
/// What comes for an attempt that has a report waiting joins it, so an attempt whose outcomes and end come within one
/// group costs one report. Its size is bounded by the attempts in flight, since nothing is claimed while it isn't empty.
struct Outbox {
    private(set) var reports: [HostReport] = []
    private var places: [AttemptKey: Int] = [:]

    var isEmpty: Bool { reports.isEmpty }

    /// Adds what is new of an attempt.
    mutating func add(_ key: AttemptKey, _ images: [ImageReport], next: HostReport.Next) {
        if let place = places[key] {
            reports[place].images += images
            reports[place].next = next
        } else {
            places[key] = reports.count
            reports.append(
                HostReport(job: key.job, host: key.host, attempt: key.attempt, images: images, next: next)
            )
        }
    }

    /// Drops the first `count` reports: the ledger has them.
    mutating func drop(_ count: Int) {
        reports.removeFirst(count)
        places.removeAll(keepingCapacity: true)
        for (place, report) in reports.enumerated() {
            places[AttemptKey(job: report.job, host: report.host, attempt: report.attempt)] = place
        }
    }
}

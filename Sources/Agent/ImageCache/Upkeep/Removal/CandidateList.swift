/// Files that may go, in few bytes each.
struct CandidateList {
    /// One of them.
    struct Candidate {
        var name: String
        var since: Int64
        var diskBytes: Int64
        var reason: RemovalReason
    }

    private(set) var candidates: [Candidate] = []
    private(set) var diskBytes: Int64 = 0

    mutating func add(_ file: CachedFile, since: Int64, _ reason: RemovalReason) {
        let reason = file.record?.image.isDamaged == true ? .damaged : reason
        candidates.append(
            Candidate(name: file.name, since: since, diskBytes: file.status.diskBytes, reason: reason)
        )
        diskBytes += file.status.diskBytes
    }

    /// The oldest ones, as many as have so many bytes together; all if they have fewer.
    mutating func takeOldest(bytes: Int64) -> [Candidate] {
        candidates.sort { ($0.since, $0.name) < ($1.since, $1.name) }
        var (sum, count): (Int64, Int) = (0, 0)
        while sum < bytes, count < candidates.count {
            sum += candidates[count].diskBytes
            count += 1
        }
        return Array(candidates.prefix(count))
    }
}

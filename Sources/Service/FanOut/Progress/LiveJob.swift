import PrecacheModel

/// The running downloads of one job: a few entries for each host that has some, and their sum.
///
/// The sum wraps, so that agents that lie end in a wrong figure, which goes as they go, and not in the service.
struct LiveJob {
    private struct Entry {
        let image: Int
        var progress: ByteProgress
    }

    private var hosts: [Int: [Entry]] = [:]
    private(set) var sum = LiveProgress.Sum()

    func images(of host: Int) -> [Int: ByteProgress] {
        Dictionary(
            hosts[host]?.map { ($0.image, $0.progress) } ?? [],
            uniquingKeysWith: { _, last in last }
        )
    }

    mutating func update(host: Int, image: Int, to reported: ByteProgress, generation: UInt64) {
        let progress = ByteProgress(
            done: ByteProgress.bounded(reported.done),
            total: reported.total.map(ByteProgress.bounded)
        )
        sum.generation = generation
        if let index = hosts[host]?.firstIndex(where: { $0.image == image }) {
            sum.bytesDone &+= progress.done - (hosts[host]?[index].progress.done ?? 0)
            hosts[host]?[index].progress = progress
        } else {
            sum.bytesDone &+= progress.done
            sum.images += 1
            hosts[host, default: []].append(Entry(image: image, progress: progress))
        }
    }

    mutating func clear(host: Int, image: Int?, generation: UInt64) {
        guard let entries = hosts[host] else { return }
        let left = entries.filter { image != nil && $0.image != image }
        guard left.count < entries.count else { return }
        hosts[host] = left.isEmpty ? nil : left
        sum.images -= entries.count - left.count
        sum.bytesDone &-= entries.reduce(0) { $0 &+ $1.progress.done }
        sum.bytesDone &+= left.reduce(0) { $0 &+ $1.progress.done }
        sum.generation = generation
    }
}

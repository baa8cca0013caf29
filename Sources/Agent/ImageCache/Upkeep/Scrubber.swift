import Logging
import PrecacheModel

/// Reads cached files again, slowly and after everybody else, and compares them with what they were.
struct Scrubber {
    let parts: UpkeepParts

    /// How long to wait when nothing is due, at most.
    private static let pause: Duration = .seconds(60)

    /// Scrubs until the task is cancelled.
    func run() async {
        guard let interval = parts.configuration.scrubInterval else { return }
        let period = max(1, interval.components.seconds) * 1_000_000
        // Files that couldn't be read to their end wait for another turn, so that they don't stop the others.
        var passed: [ImageID: Int64] = [:]
        // What stood in the way is told once, until it is another thing, or gone.
        var obstacles: [ImageID: String] = [:]
        while !Task.isCancelled {
            let (now, parts) = (ImageCache.now(), parts)
            // Hosts that share the directory share the work, too.
            try? await parts.lanes.onFiles { () throws(CacheError) in
                try SharedRecords(layout: parts.layout, state: parts.state).refresh()
            }
            passed = passed.filter { now - $0.value < period / 8 && $0.value <= now }
            let due = parts.state.records
                .filter { passed[$0.image.id] == nil && isDue($0.image, now, period) }
                .min { lastLook($0.image) < lastLook($1.image) }
            guard let due else {
                // A tenth of the interval at most, so that short ones are kept.
                let wait = min(Self.pause, interval / 10)
                guard (try? await Task.sleep(for: wait)) != nil else { return }
                continue
            }
            let id = due.image.id
            do throws(CacheError) {
                let result = try await FileScrub(parts: parts, record: due).run()
                obstacles[id] = nil
                if result == .passed { passed[id] = now }
            } catch {
                passed[id] = now
                guard obstacles.updateValue(error.description, forKey: id) != error.description else {
                    continue
                }
                parts.logger.warning(
                    "a cached file can't be scrubbed",
                    metadata: ["file": "\(due.image.file)", "image": "\(id)", "error": "\(error)"]
                )
            }
        }
    }

    private func isDue(_ image: CachedImage, _ now: Int64, _ period: Int64) -> Bool {
        guard image.digest != nil, !image.isDamaged else { return false }
        // A look in the future dates from before the clock was set back.
        return !(0..<period).contains(now - lastLook(image))
    }

    private func lastLook(_ image: CachedImage) -> Int64 {
        image.scrubbedAtMicroseconds ?? image.cachedAtMicroseconds
    }
}

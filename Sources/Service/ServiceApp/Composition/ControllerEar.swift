import FanOut
import Outbox
import PrecacheModel
import Store

/// Follows what other controllers do on the database, and tells them what only this one's memory has.
///
/// They ring for what they change; since rings may be lost, all is also looked at every two seconds.
struct ControllerEar: Sendable {
    static let interval = Duration.seconds(2)

    let store: ServiceStore
    let courier: Courier
    let progress: FanOut.LiveProgress
    /// Hears how each turn of a kind of work went.
    let onEnd: @Sendable (_ work: String, _ complaint: String, StoreError?) -> Void

    /// Listens until the task is cancelled.
    ///
    /// - Parameter left: Rung when there is work that nobody has.
    func run(_ left: AsyncStream<Void>.Continuation) async {
        // Nil stands for everything.
        let heard = Gathering<Bell?>()
        let rings = heard.listen()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await bells in store.engine.bells {
                    if bells.isEmpty || bells.contains(.work) { left.yield() }
                    heard.note(bells.isEmpty ? [nil] : bells.map { $0 })
                }
            }
            group.addTask {
                while (try? await Task.sleep(for: Self.interval)) != nil {
                    heard.note([nil])
                    onEnd(
                        "bell",
                        "other controllers can't be heard: what they do is looked at every two seconds",
                        store.engine.bellTrouble
                    )
                }
            }
            group.addTask {
                var told: [JobID: UInt64] = [:]
                while (try? await Task.sleep(for: .seconds(1))) != nil { await tell(&told) }
            }
            for await _ in rings { await look(at: heard.take()) }
            group.cancelAll()
        }
    }

    private func look(at bells: Set<Bell?>) async {
        do throws(StoreError) {
            if bells.contains(nil) {
                try await store.jobs.look()
                try await store.inventory.followFleet()
            } else {
                var jobs: Set<Int64> = []
                for case .job(let key) in bells { jobs.insert(key) }
                if !jobs.isEmpty { try await store.jobs.hear(jobs) }
            }
            if bells.contains(nil) || bells.contains(.webhooks) { try await courier.follow() }
            onEnd("others", "what other controllers do could not be read", nil)
        } catch {
            onEnd("others", "what other controllers do could not be read", error)
        }
    }

    /// Writes down how far downloads are of jobs that have moved; `told` is how far they were.
    private func tell(_ told: inout [JobID: UInt64]) async {
        let sums = progress.sums
        let moved = sums.filter { told[$0.key] != $0.value.generation }
        let hasEnded = told.keys.contains { sums[$0] == nil }
        guard !moved.isEmpty || hasEnded else { return }
        do throws(StoreError) {
            try await store.jobs.writeLive(moved.mapValues(\.bytesDone), hasEnded: hasEnded)
            told = sums.mapValues(\.generation)
            onEnd("live_bytes", "how far downloads are could not be written", nil)
        } catch {
            onEnd("live_bytes", "how far downloads are could not be written", error)
        }
    }
}

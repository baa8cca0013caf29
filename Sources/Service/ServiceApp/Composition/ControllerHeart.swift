import Logging
import PrecacheModel
import Store

/// Keeps this controller alive in the eyes of the others on its database, and takes over from those that aren't.
struct ControllerHeart: Sendable {
    let engine: any StoreEngine
    let controllers: StoredControllers
    let settings: ControllerSettings
    let logger: Logger
    /// Has jobs and webhooks taken over that nobody living has.
    let adopt: @Sendable () async -> Void
    /// Hears how each beat went.
    let onEnd: @Sendable (StoreError?) -> Void

    /// Hears, once, that a newer version has changed the database so that this one can't go on.
    let onOutdated: @Sendable (_ steps: [String]) -> Void

    /// Beats until the task is cancelled, or this version is outdated.
    ///
    /// - Parameter bell: Rings when somebody has left, so that nobody waits for the next beat.
    func run(_ bell: AsyncStream<Void>) async {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in bell { waker.yield() }
            }
            group.addTask {
                while (try? await Task.sleep(for: settings.beat)) != nil { waker.yield() }
            }
            var watch = ControllerWatch(patience: settings.patience, attention: settings.patience / 3)
            waker.yield()
            for await _ in wakes where await !beat(&watch) { break }
            group.cancelAll()
        }
    }

    /// Returns whether to go on.
    private func beat(_ watch: inout ControllerWatch) async -> Bool {
        let began = ContinuousClock.now
        do throws(StoreError) {
            let unknown = try await engine.unknownBreakingSteps()
            guard unknown.isEmpty else {
                try await controllers.leave()
                onOutdated(unknown)
                return false
            }
            guard let sight = try await controllers.beat() else {
                watch.lookAway()
                try await controllers.register()
                logger.warning(
                    "others took this controller for dead and have its jobs: it begins anew",
                    metadata: ["controller": "\(controllers.number)"]
                )
                await adopt()
                return true
            }
            let dead = watch.look(
                sight.living,
                own: controllers.number,
                began: Self.start.duration(to: began),
                ended: Self.start.duration(to: .now)
            )
            let fenced = dead.isEmpty ? [] : try await controllers.fence(dead)
            for one in fenced {
                logger.warning(
                    "controller is dead: its jobs are taken over",
                    metadata: [
                        "name": "\(one.name)", "controller": "\(one.number)", "jobs": "\(one.openJobs)",
                        "silent_seconds": "\(settings.patience / .seconds(1))",
                    ]
                )
            }
            if !fenced.isEmpty || sight.hasOrphans { await adopt() }
            onEnd(nil)
        } catch {
            watch.lookAway()
            onEnd(error)
        }
        return true
    }

    private static let start = ContinuousClock.now
}

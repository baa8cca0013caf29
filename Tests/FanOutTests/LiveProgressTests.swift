import PrecacheModel
import Testing

@testable import FanOut

@Suite struct LiveProgressTests {
    let job = JobID.make()

    @Test func sumsRunningImages() {
        let live = LiveProgress()
        live.update(job, host: 0, image: 0, to: ByteProgress(done: 10, total: 100))
        live.update(job, host: 0, image: 0, to: ByteProgress(done: 30, total: 100))
        live.update(job, host: 0, image: 1, to: ByteProgress(done: 5, total: nil))
        live.update(job, host: 7, image: 0, to: ByteProgress(done: 1, total: 100))
        #expect(live.sum(of: job).bytesDone == 36)
        #expect(live.sum(of: job).images == 3)
        #expect(live.runningImages(of: job, host: 0)[0] == ByteProgress(done: 30, total: 100))
        live.clear(job, host: 0, image: 0)
        #expect(live.sum(of: job).bytesDone == 6)
        live.clear(job, host: 0)
        live.clear(job, host: 7)
        #expect(live.sum(of: job).bytesDone == 0)
        #expect(live.sum(of: job).images == 0)
    }

    @Test func agentsThatLieOverflowNothing() {
        let live = LiveProgress()
        for image in 0..<2_000 {
            live.update(job, host: 0, image: image, to: ByteProgress(done: .max, total: .min))
        }
        live.update(job, host: 1, image: 0, to: ByteProgress(done: 7, total: nil))
        #expect((0...ByteProgress.limit).contains(live.sum(of: job).bytesDone))
        live.clear(job, host: 0)
        #expect(live.sum(of: job).bytesDone == 7)
    }

    @Test func theGenerationRisesWithChangesOnlyAndNeverComesAgain() {
        let live = LiveProgress()
        live.update(job, host: 0, image: 0, to: ByteProgress(done: 1, total: nil))
        let first = live.sum(of: job).generation
        live.clear(job, host: 9)
        #expect(live.sum(of: job).generation == first)
        live.clear(job, host: 0)
        #expect(live.sum(of: job).generation > first)
        live.forget(job)
        #expect(live.sum(of: job) == LiveProgress.Sum())
        live.update(job, host: 0, image: 0, to: ByteProgress(done: 1, total: nil))
        #expect(live.sum(of: job).generation > first)
    }
}

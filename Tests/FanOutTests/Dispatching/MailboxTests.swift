import PrecacheModel
import Testing

@testable import FanOut

@Suite(.timeLimit(.minutes(10))) struct MailboxTests {
    let key = AttemptKey(job: JobID.make(), host: 0, attempt: 1)

    @Test func givesEverythingOnceAndInOrder() {
        let mailbox = Mailbox()
        mailbox.post(.agent(key, .accepted(task: TaskID(job: key.job, host: 0), attempt: 1, attached: true)))
        mailbox.post(.ended(key, .finished, 1))
        mailbox.ring()
        let mail = mailbox.take()
        #expect(mail.events.count == 2)
        #expect(mail.hasRung)
        #expect(mailbox.take().events.isEmpty)
        #expect(!mailbox.take().hasRung)
    }

    @Test func keepsTheNewestProgressOfEachImageAlone() throws {
        let mailbox = Mailbox()
        let image = try ImageID("a")
        for done in 0..<Int64(1_000) {
            mailbox.post(.agent(key, .progress(image: image, ByteProgress(done: done, total: nil))))
        }
        let mail = mailbox.take()
        #expect(mail.events.isEmpty)
        #expect(mail.progress == [key: [image: ByteProgress(done: 999, total: nil)]])
        #expect(mailbox.take().progress.isEmpty)
    }

    @Test func aStopStays() {
        let mailbox = Mailbox()
        mailbox.stop()
        _ = mailbox.take()
        #expect(mailbox.take().isStopping)
    }

    @Test func waitReturnsForWordLeftBefore() async {
        let mailbox = Mailbox()
        mailbox.wake()
        await mailbox.wait()
    }

    @Test func waitReturnsForWordLeftLater() async {
        let mailbox = Mailbox()
        async let waiting: Void = mailbox.wait()
        mailbox.ring()
        await waiting
        #expect(mailbox.take().hasRung)
    }

    @Test func waitReturnsWhenCancelled() async {
        let mailbox = Mailbox()
        let task = Task { await mailbox.wait() }
        task.cancel()
        await task.value
    }
}

import PrecacheModel
import Testing

@testable import FanOut

@Suite(.timeLimit(.minutes(1))) struct MailboxTests {
    let key = AttemptKey(job: JobID.make(), host: 0, attempt: 1)

    @Test func givesEverythingOnceAndInOrder() {
        let mailbox = Mailbox()
        mailbox.post(.agent(key, .accepted(attached: true)))
        mailbox.post(.ended(key, .finished))
        mailbox.ring()
        let mail = mailbox.take()
        #expect(mail.events.count == 2)
        #expect(mail.hasRung)
        #expect(mailbox.take().events.isEmpty)
        #expect(!mailbox.take().hasRung)
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

import CLinux
import Glibc

/// A thread of our own, named, with every signal blocked so that signals reach the main program only.
///
/// Blocking them also keeps `SIGPIPE` from ending the process when libssl writes to a closed socket.
final class SystemThread: Sendable {
    private let identity: pthread_t

    /// Starts the thread; `name` is cut to the 15 bytes that Linux shows.
    init(name: String, body: @escaping @Sendable () -> Void) throws(SystemError) {
        var everything = sigset_t()
        var before = sigset_t()
        sigfillset(&everything)
        pthread_sigmask(SIG_SETMASK, &everything, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }

        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        var identity = pthread_t()
        let code = pthread_create(
            &identity,
            nil,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
                clinux_name_thread(String(decoding: start.name.utf8.prefix(15), as: UTF8.self))
                start.body()
                return nil
            },
            start.toOpaque()
        )
        guard code == 0 else {
            start.release()
            throw SystemError(call: "pthread_create", code: code)
        }
        self.identity = identity
    }

    /// Waits for the thread's end, or lets it end by itself when it is the caller; call this once.
    func joinUnlessCurrent() {
        if pthread_equal(identity, pthread_self()) != 0 {
            pthread_detach(identity)
        } else {
            pthread_join(identity, nil)
        }
    }

    /// Gives up on joining: the thread's resources go when it ends.
    func detach() {
        pthread_detach(identity)
    }
}

/// What a new thread is to do, carried through `pthread_create`'s pointer.
private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

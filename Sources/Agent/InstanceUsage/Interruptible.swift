import Glibc

/// A system call's answer, the call made again when a signal interrupted it: on NFS, where instances often live, even an
/// open or a stat may be.
func retrying(_ call: () -> Int32) -> Int32 {
    while true {
        let answer = call()
        if answer != -1 || errno != EINTR { return answer }
    }
}

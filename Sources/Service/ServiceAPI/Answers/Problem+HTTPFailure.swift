import HTTPServing
import HTTPTypes

extension Problem {
    /// What the server or the router refused, in the words of the service's API document.
    init(_ failure: HTTPFailure) {
        self.init(failure.status, failure.code, failure.message)
        headers = failure.headers
    }
}

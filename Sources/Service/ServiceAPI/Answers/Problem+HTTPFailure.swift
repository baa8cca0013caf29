import HTTPServing
import HTTPTypes

extension Problem {
    /// What the server or the router refused, in the words of the service's API document.
    init(_ failure: HTTPFailure) {
        let code =
            switch failure.code {
            case "body_too_large": "too_large"
            case "bad_query": "bad_request"
            case "body_timeout": "timeout"
            default: failure.code
            }
        self.init(failure.status, code, failure.message)
        headers = failure.headers
    }
}

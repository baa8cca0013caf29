package import HTTPFetching
import HTTPTypes

/// Carries calls over HTTP by libcurl.
package struct FetcherTransport: ServiceTransport {
    /// The largest answer that is collected: a full page of results with long details has room.
    package static let largestAnswer = 64 << 20

    private let fetcher: HTTPFetcher
    private let service: ServiceAddress
    private let token: String?

    /// The service's address.
    package var address: String { service.text }

    /// A transport to a service.
    ///
    /// - Parameters:
    ///   - fetcher: Makes the requests; its configuration has the certificates.
    ///   - service: Where they go.
    ///   - token: The bearer token, if there is one.
    package init(fetcher: HTTPFetcher, service: ServiceAddress, token: String?) {
        self.fetcher = fetcher
        self.service = service
        self.token = token
    }

    package func send(_ request: ServiceRequest) async throws(ClientError) -> ServiceAnswer {
        var carried = fetchRequest(request)
        carried.timeouts.idle = request.patience
        carried.timeouts.total = request.patience + .seconds(60)
        do throws(FetchError) {
            let response = try await fetcher.fetch(carried)
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            return ServiceAnswer(status: response.status, headers: response.headers, body: body)
        } catch {
            throw clientError(error)
        }
    }

    package func stream(
        _ request: ServiceRequest,
        receive: @Sendable ([UInt8]) async -> Void
    ) async throws(ClientError) -> ServiceAnswer {
        var carried = fetchRequest(request)
        carried.timeouts.idle = request.patience
        do throws(FetchError) {
            let response = try await fetcher.fetch(carried)
            guard response.status == .ok else {
                let body = try await response.body.collect(upTo: Self.largestAnswer)
                return ServiceAnswer(status: response.status, headers: response.headers, body: body)
            }
            for try await bytes in response.body { await receive(bytes) }
            return ServiceAnswer(status: response.status, headers: response.headers)
        } catch {
            throw clientError(error)
        }
    }

    private func fetchRequest(_ request: ServiceRequest) -> FetchRequest {
        var headers = request.headers
        if headers[.accept] == nil { headers[.accept] = "application/json, application/problem+json" }
        if request.body != nil { headers[.contentType] = "application/json" }
        if let token { headers[.authorization] = "Bearer " + token }
        return FetchRequest(
            method: request.method,
            url: service.text + request.target,
            headers: headers,
            body: request.body,
            redirects: 0
        )
    }

    private func clientError(_ error: FetchError) -> ClientError {
        switch error.code {
        case .cancelled:
            return ClientError(.cancelled, "the call was cancelled")
        case .badURL, .refusedAddress:
            return ClientError(.input, error.message, hint: Self.addressHint)
        case .protocolViolation, .tooLarge, .tooManyRedirects, .refusedRedirect:
            return ClientError(
                .unreadable,
                "\(address) doesn't answer as precached does: \(error.message)",
                hint: Self.addressHint
            )
        case .tls where error.message.contains("wrong version number"):
            // What OpenSSL says where the answer to its greeting isn't TLS.
            return ClientError(
                .noAnswer,
                "\(address) speaks plain HTTP there, not HTTPS",
                hint:
                    "Set PRECACHE_URL or --url to http://\(address.dropFirst(ServiceAddress.encrypted.count))."
            )
        case .tls:
            return ClientError(
                .noAnswer,
                "no secure connection to \(address): \(error.message)",
                hint: "Set PRECACHE_CA or --ca-file to the authority of the service's certificate.",
                isTransient: error.retry == .retryable
            )
        case .resolve, .connect, .timeout, .idle, .tooSlow, .closed, .other:
            var failure = ClientError(
                .noAnswer,
                "no answer from \(address): \(error.message)",
                hint: hint(for: error.code),
                isTransient: error.retry == .retryable
            )
            failure.isAnswerLost = [.timeout, .idle, .tooSlow, .closed].contains(error.code)
            return failure
        }
    }

    private func hint(for code: FetchError.Code) -> String? {
        switch code {
        case .resolve, .connect: Self.reachHint
        case .closed where !service.isEncrypted:
            "If HTTPS is spoken there, set PRECACHE_URL or --url to https://\(address.dropFirst(ServiceAddress.plain.count))."
        default: nil
        }
    }

    private static let addressHint = "Set PRECACHE_URL or --url to precached's address."
    private static let reachHint =
        "Is precached running there? Set PRECACHE_URL or --url to its address (default \(ServiceAddress.standard))."
}

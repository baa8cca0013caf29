internal import CCurl

extension FetchError {
    /// What libcurl's result means for the caller.
    ///
    /// - Parameters:
    ///   - result: the `CURLcode`, not `CURLE_OK`.
    ///   - words: the text of CURLOPT_ERRORBUFFER; may be empty.
    ///   - connected: whether the request had begun to be sent.
    ///   - place: the URL without user, query and fragment.
    init(curl result: CURLcode, words: String, connected: Bool, place: String) {
        let text = words.isEmpty ? String(cString: curl_easy_strerror(result)) : words
        let (code, retry) = Self.classify(result, text, connected: connected)
        // OpenSSL's words for bytes that are no TLS: most often an HTTP server's error.
        let isPlain = text.contains("wrong version number")
        let verdict = isPlain ? "it answers without TLS: \(text)" : text
        self.init(
            code: code,
            retry: retry,
            message: "\(verdict) (\(place))",
            curlCode: Int32(bitPattern: result.rawValue)
        )
    }

    private static func classify(_ result: CURLcode, _ text: String, connected: Bool) -> (Code, Retry) {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: (.resolve, .retryable)
        case CURLE_COULDNT_CONNECT, CURLE_PROXY: (.connect, .retryable)
        case CURLE_OPERATION_TIMEDOUT: (connected ? .timeout : .connect, .retryable)
        case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_FAIL_REWIND: (.closed, .retryable)
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR: classifyBrokenStream(text)
        case CURLE_SSL_CONNECT_ERROR: (.tls, isTLSVerdict(text) ? .permanent : .retryable)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            (.tls, .permanent)
        case CURLE_UNSUPPORTED_PROTOCOL:
            // Also libcurl's answer to a response without a status line.
            (text.contains("HTTP/0.9") ? .protocolViolation : .badURL, .permanent)
        case CURLE_URL_MALFORMAT: (.badURL, .permanent)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2:
            (.protocolViolation, .permanent)
        // No memory, or what libcurl says about our own calls: no verdict on the far end.
        default: (.other, .retryable)
        }
    }

    /// A stream that broke while sending or receiving: cut, refused by the peer's TLS, or wrongly chunked.
    private static func classifyBrokenStream(_ text: String) -> (Code, Retry) {
        // With TLS 1.3 a server refuses our certificate only after our side of the handshake is done.
        if isTLSVerdict(text) { return (.tls, .permanent) }
        // What a proxy said to CONNECT: the server was never reached.
        if text.contains("CONNECT tunnel failed") || text.contains("from proxy after CONNECT") {
            return (.connect, .retryable)
        }
        if text.contains("chunk") || text.contains("hexadecimal") { return (.protocolViolation, .permanent) }
        return (.closed, .retryable)
    }

    /// Whether it was TLS that said no, and not the connection that broke under it.
    private static func isTLSVerdict(_ text: String) -> Bool {
        text.contains("SSL routines") && !text.contains("unexpected eof")
    }
}

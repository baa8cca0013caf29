internal import CCurl
internal import HTTPTypes

/// One libcurl easy handle with the memory that it points to.
///
/// Used for one hop at a time, then again for another.
final class EasyHandle {
    let curl: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var connectTo: UnsafeMutablePointer<curl_slist>?
    private var failure = CURLE_OK

    /// Nil when there is no memory.
    init?() {
        guard let curl = curl_easy_init() else { return nil }
        self.curl = curl
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(curl)
        freeLists()
        errorText.deallocate()
    }

    /// libcurl's words about the last failure; may be empty.
    var errorWords: String { String(cString: errorText) }

    /// Sets everything for a transfer's present hop.
    ///
    /// The transfer has to outlive it, until `clear`; the multi its connection.
    func prepare(
        for transfer: Transfer,
        in multi: CurlMulti,
        configuration: FetcherConfiguration
    ) throws(FetchError) {
        failure = CURLE_OK
        errorText[0] = 0
        setConstants()
        setCallbacks(Unmanaged.passUnretained(transfer).toOpaque())
        setTarget(transfer)
        setConnection(transfer, multi, configuration)
        setTLS(transfer.hop.tls, multi)
        setMessage(transfer, configuration)
        setLimits(transfer)
        guard failure == CURLE_OK else {
            throw FetchError(curl: failure, words: "", connected: false, place: transfer.place)
        }
    }

    /// Forgets all that was set, so that nothing of one request reaches the next.
    func clear() {
        curl_easy_reset(curl)
        freeLists()
    }

    private func freeLists() {
        curl_slist_free_all(headers)
        curl_slist_free_all(connectTo)
        headers = nil
        connectTo = nil
    }

    private func set(_ option: CURLoption, _ value: Int) { note(ccurl_set_long(curl, option, value)) }
    private func set(_ option: CURLoption, _ value: String) { note(ccurl_set_pointer(curl, option, value)) }
    private func set(_ option: CURLoption, _ value: UnsafeRawPointer?) {
        note(ccurl_set_pointer(curl, option, value))
    }
    private func note(_ result: CURLcode) {
        if result != CURLE_OK && failure == CURLE_OK { failure = result }
    }

    private func setConstants() {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_ERRORBUFFER, UnsafeRawPointer(errorText))
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        // What a proxy answers to CONNECT is no part of the response.
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // Without it, giving up while a name is being resolved would block the loop until getaddrinfo returns.
        set(CURLOPT_QUICK_EXIT, 1)
    }

    private func setCallbacks(_ transfer: UnsafeMutableRawPointer) {
        set(CURLOPT_PRIVATE, UnsafeRawPointer(transfer))
        note(ccurl_set_write_callback(curl, CURLOPT_HEADERFUNCTION, Self.headCallback))
        set(CURLOPT_HEADERDATA, UnsafeRawPointer(transfer))
        note(ccurl_set_write_callback(curl, CURLOPT_WRITEFUNCTION, Self.bodyCallback))
        set(CURLOPT_WRITEDATA, UnsafeRawPointer(transfer))
        note(ccurl_set_prereq_callback(curl, Self.connectedCallback))
        set(CURLOPT_PREREQDATA, UnsafeRawPointer(transfer))
        note(ccurl_set_open_socket_callback(curl, Self.openSocketCallback))
        set(CURLOPT_OPENSOCKETDATA, UnsafeRawPointer(transfer))
    }

    private func setTarget(_ transfer: Transfer) {
        set(CURLOPT_URL, transfer.hop.url.text)
        if let target = transfer.hop.connectTo {
            let address = target.address.contains(":") ? "[\(target.address)]" : target.address
            connectTo = curl_slist_append(nil, "::\(address):\(target.port)")
            if connectTo == nil { note(CURLE_OUT_OF_MEMORY) }
            set(CURLOPT_CONNECT_TO, UnsafeRawPointer(connectTo))
        }
        // The empty string means no proxy at all, the environment's included; that of whom it isn't for is set, too, so that
        // the environment has no say.
        set(CURLOPT_PROXY, transfer.proxy ?? "")
        set(CURLOPT_NOPROXY, "")
        set(CURLOPT_BUFFERSIZE, transfer.request.buffering.receiveBytes)
    }

    private func setConnection(
        _ transfer: Transfer,
        _ multi: CurlMulti,
        _ configuration: FetcherConfiguration
    ) {
        let isFresh = transfer.request.connection == .fresh || configuration.idleConnections == 0
        if isFresh || transfer.mustConnectAnew { set(CURLOPT_FRESH_CONNECT, 1) }
        if isFresh || transfer.isClosing { set(CURLOPT_FORBID_REUSE, 1) }
        // libcurl remembers addresses too, numeric ones as well, and looks through all that it remembers at the
        // end of every transfer: to ten thousand hosts that costs more than anything else.
        if isFresh || configuration.idleTime != nil { set(CURLOPT_DNS_CACHE_TIMEOUT, 0) }
        if let limit = configuration.idleTime {
            set(CURLOPT_MAXAGE_CONN, max(1, limit.milliseconds / 1_000))
            // However busy it is: certificates end, and a connection doesn't look at them again.
            set(CURLOPT_MAXLIFETIME_CONN, 3600)
        }
        let data = UnsafeRawPointer(Unmanaged.passUnretained(multi).toOpaque())
        note(ccurl_set_close_socket_callback(curl, CurlMulti.closeSocketCallback))
        set(CURLOPT_CLOSESOCKETDATA, data)
    }

    private func setTLS(_ tls: ClientTLS, _ multi: CurlMulti) {
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let caFile = tls.caFile { set(CURLOPT_CAINFO, caFile) }
        // A directory of authorities would be a second trust, and would keep libcurl from caching the parsed file.
        set(CURLOPT_CAPATH, UnsafeRawPointer?.none)
        // Kept for as long as the multi handle; when the file changes there is a new one.
        set(CURLOPT_CA_CACHE_TIMEOUT, -1)
        // libcurl keeps sessions in the easy handle, which here serves another host next time; `TLSSessions` keeps them.
        set(CURLOPT_SSL_SESSIONID_CACHE, 0)
        note(ccurl_set_ssl_ctx_callback(curl, CurlMulti.contextCallback))
        set(CURLOPT_SSL_CTX_DATA, UnsafeRawPointer(Unmanaged.passUnretained(multi).toOpaque()))
    }

    private func setMessage(_ transfer: Transfer, _ configuration: FetcherConfiguration) {
        let method = transfer.request.method
        let body = transfer.request.body
        if method == .head {
            set(CURLOPT_NOBODY, 1)
        } else if body != nil || method == .post || method == .put || method == .patch {
            set(CURLOPT_POST, 1)
            let bytes = body ?? []
            note(ccurl_set_offset(curl, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
            bytes.withUnsafeBytes {
                set(CURLOPT_COPYPOSTFIELDS, $0.baseAddress ?? UnsafeRawPointer(errorText))
            }
        } else {
            set(CURLOPT_HTTPGET, 1)
        }
        if method != .get && method != .head { set(CURLOPT_CUSTOMREQUEST, method.rawValue) }

        var isAgentNamed = false
        for field in transfer.hop.headers
        where field.name != .contentLength && field.name != .transferEncoding {
            isAgentNamed = isAgentNamed || field.name == .userAgent
            // A name alone would remove a header that libcurl makes; with a semicolon it is sent, empty.
            append(field.value.isEmpty ? "\(field.name.rawName);" : "\(field.name.rawName): \(field.value)")
        }
        // Two headers that libcurl would add to a body by itself.
        if transfer.hop.headers[.contentType] == nil { append("Content-Type:") }
        if transfer.hop.headers[.expect] == nil { append("Expect:") }
        set(CURLOPT_HTTPHEADER, UnsafeRawPointer(headers))
        if !isAgentNamed { set(CURLOPT_USERAGENT, configuration.userAgent) }
    }

    private func append(_ line: String) {
        guard let longer = curl_slist_append(headers, line) else { return note(CURLE_OUT_OF_MEMORY) }
        headers = longer
    }

    private func setLimits(_ transfer: Transfer) {
        let timeouts = transfer.request.timeouts
        set(CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect.milliseconds)
        if let deadline = transfer.deadline {
            set(CURLOPT_TIMEOUT_MS, (deadline - ContinuousClock.now).milliseconds)
        }
        if let rate = transfer.request.rateBytesPerSecond {
            note(ccurl_set_offset(curl, CURLOPT_MAX_RECV_SPEED_LARGE, curl_off_t(rate)))
        }
    }
}

extension EasyHandle {
    /// CURLOPT_HEADERFUNCTION: one whole line of the head.
    static let headCallback: curl_write_callback = { data, size, count, user in
        guard let transfer = transfer(user) else { return 0 }
        let line = UnsafeRawBufferPointer(start: data, count: size * count)
        guard transfer.receiveHead(line) else { return line.count == 0 ? 1 : 0 }
        transfer.multi?.touched(transfer)
        return line.count
    }

    /// CURLOPT_WRITEFUNCTION: bytes of the body.
    static let bodyCallback: curl_write_callback = { data, size, count, user in
        guard let transfer = transfer(user) else { return 0 }
        let taken = transfer.receiveBody(UnsafeRawBufferPointer(start: data, count: size * count))
        transfer.multi?.touched(transfer)
        return taken
    }

    /// CURLOPT_PREREQFUNCTION: the connection is there, the request not yet sent.
    static let connectedCallback: curl_prereq_callback = { user, _, _, _, _ in
        guard let transfer = transfer(user), !transfer.isClosing else { return CURL_PREREQFUNC_ABORT }
        transfer.isConnected = true
        transfer.lastActivity = ContinuousClock.now
        return CURL_PREREQFUNC_OK
    }

    /// CURLOPT_OPENSOCKETFUNCTION: names are resolved, and this is the address that would be connected to.
    static let openSocketCallback: curl_opensocket_callback = { user, _, address in
        var bytes = [UInt8](repeating: 0, count: 16)
        guard let address, let transfer = transfer(user), !transfer.isClosing else { return noSocket }
        let count = Int(ccurl_address_bytes(address, &bytes))
        return transfer.mayConnect(to: Array(bytes.prefix(count))) ? ccurl_open_socket(address) : noSocket
    }

    /// CURL_SOCKET_BAD, a macro.
    private static let noSocket: curl_socket_t = -1

    private static func transfer(_ user: UnsafeMutableRawPointer?) -> Transfer? {
        user.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, at least 1 and at most what a C `long` of libcurl's takes (24 days).
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        if seconds >= 2_147_483 { return 2_147_483_000 }
        let milliseconds =
            Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        return Swift.max(1, milliseconds)
    }
}

internal import CCurl
internal import COpenSSL
internal import DequeModule

/// The newest TLS session with each server, by the server's name: a connection that goes on with one spares both sides
/// the proofs of who they are.
///
/// libcurl 7.88 keeps eight at most, so libssl's own callbacks are used. What a session was proved with stays bound to it:
/// the store belongs to one ``ClientTLS`` as its files were read, libssl keeps the server's certificate with the session, and
/// libcurl compares the name with it again. A session of TLS 1.3 is used once (RFC 8446,
/// C.4); the server gives another with each connection. Touched on the loop only.
final class TLSSessions {
    private struct Known {
        /// Nil when it was used, and the server's next has not come yet.
        var session: OpaquePointer?
        /// When the server's certificate was last looked at.
        let proved: ContinuousClock.Instant
    }

    private let limit: Int
    private var sessions = AgedEntries<String, Known>()

    /// Each session continues the one before; after so long both sides prove themselves again, since certificates end.
    private static let lifetime = Duration.seconds(3600)

    /// - Parameter limit: With so many servers at most, at about 10 KiB each; the oldest go first.
    init(limit: Int) { self.limit = limit }

    deinit {
        while let oldest = sessions.popOldest() { SSL_SESSION_free(oldest.value.session) }
    }

    /// Makes a connection's context take a session from here and leave its own; it must not outlive this.
    func install(into context: OpaquePointer) -> Bool {
        let this = Unmanaged.passUnretained(self).toOpaque()
        guard SSL_CTX_set_ex_data(context, Self.slot, this) == 1 else { return false }
        SSL_CTX_sess_set_new_cb(context) { connection, session in
            guard let connection, let session else { return 0 }
            return TLSSessions.of(connection)?.keep(session, of: connection) == true ? 1 : 0
        }
        SSL_CTX_set_info_callback(context) { connection, moment, _ in
            guard moment & SSL_CB_HANDSHAKE_START != 0, let connection else { return }
            TLSSessions.of(connection)?.resume(connection)
        }
        return true
    }

    /// Takes a session over, which libssl has counted for us.
    private func keep(_ session: OpaquePointer, of connection: OpaquePointer) -> Bool {
        guard let name = Self.server(of: connection) else { return false }
        let old = sessions.remove(name)
        SSL_SESSION_free(old?.session)
        let proved = SSL_session_reused(connection) == 1 ? old?.proved : ContinuousClock.now
        guard let proved else { return false }
        sessions.insert(Known(session: session, proved: proved), for: name)
        if sessions.count > limit, let oldest = sessions.popOldest() {
            SSL_SESSION_free(oldest.value.session)
        }
        return true
    }

    private func resume(_ connection: OpaquePointer) {
        guard let name = Self.server(of: connection), var known = sessions.remove(name),
            let session = known.session
        else { return }
        defer { SSL_SESSION_free(session) }
        guard ContinuousClock.now - known.proved < Self.lifetime else { return }
        SSL_set_session(connection, session)
        // Before 1.3 a server gives no other while the first is good.
        if SSL_SESSION_get_protocol_version(session) < TLS1_3_VERSION {
            SSL_SESSION_up_ref(session)
        } else {
            known.session = nil
        }
        sessions.insert(known, for: name)
    }

    /// The name that a connection asks for; none where the URL has an address.
    private static func server(of connection: OpaquePointer) -> String? {
        SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }

    private static func of(_ connection: OpaquePointer) -> TLSSessions? {
        guard let context = SSL_get_SSL_CTX(connection), let this = SSL_CTX_get_ex_data(context, slot) else {
            return nil
        }
        return Unmanaged<TLSSessions>.fromOpaque(this).takeUnretainedValue()
    }

    private static let slot = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nil, nil, nil, nil)
}

extension CurlMulti {
    /// CURLOPT_SSL_CTX_FUNCTION; its data is the `CurlMulti`.
    static let contextCallback: curl_ssl_ctx_callback = { _, context, data in
        guard let context, let data else { return CURLE_SSL_CERTPROBLEM }
        let multi = Unmanaged<CurlMulti>.fromOpaque(data).takeUnretainedValue()
        if multi.idle != nil {
            // OpenSSL 3.0 never frees a connection's write buffer, whatever its mode says: a full record's would be a
            // third of what an idle one costs. (SSL_CTX_set_max_send_fragment is a macro.)
            SSL_CTX_ctrl(OpaquePointer(context), SSL_CTRL_SET_MAX_SEND_FRAGMENT, requestRecordBytes, nil)
        }
        let isReady =
            multi.identity?.install(into: OpaquePointer(context)) != false
            && multi.sessions?.install(into: OpaquePointer(context)) != false
        return isReady ? CURLE_OK : CURLE_SSL_CERTPROBLEM
    }

    /// What of a request goes into one TLS record, where connections are kept.
    private static let requestRecordBytes = 2_048
}

/// Values by key, and which of them came first.
struct AgedEntries<Key: Hashable, Value> {
    private var entries: [Key: (value: Value, number: Int)] = [:]
    /// Also of what has been taken out or replaced since: those numbers aren't their keys' any more.
    private var order = Deque<(key: Key, number: Int)>()
    private var number = 0

    var count: Int { entries.count }
    var isEmpty: Bool { entries.isEmpty }

    /// Puts a value in as the newest, for a key that has none.
    mutating func insert(_ value: Value, for key: Key) {
        number += 1
        if order.count > 2 * entries.count + 16 { order.removeAll { entries[$0.key]?.number != $0.number } }
        order.append((key, number))
        entries[key] = (value, number)
    }

    mutating func remove(_ key: Key) -> Value? { entries.removeValue(forKey: key)?.value }

    /// The value that came first.
    mutating func oldest() -> (key: Key, value: Value)? {
        while let first = order.first {
            if let entry = entries[first.key], entry.number == first.number {
                return (first.key, entry.value)
            }
            order.removeFirst()
        }
        return nil
    }

    mutating func popOldest() -> (key: Key, value: Value)? {
        guard let first = oldest() else { return nil }
        entries[first.key] = nil
        return first
    }
}

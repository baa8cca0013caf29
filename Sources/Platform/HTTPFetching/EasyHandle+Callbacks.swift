internal import CCurl

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
        guard let transfer = transfer(user) else { return CURL_PREREQFUNC_ABORT }
        transfer.isConnected = true
        transfer.lastActivity = ContinuousClock.now
        return CURL_PREREQFUNC_OK
    }

    private static func transfer(_ user: UnsafeMutableRawPointer?) -> Transfer? {
        user.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

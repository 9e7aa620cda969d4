-- Through which channels an item was out before it was taken back and published again: the months of then keep their figures.

-- 公开经过的渠道
CREATE TABLE disclosure_publication_channel (
    publication_id bigint NOT NULL,
    channel text COLLATE "C" NOT NULL,
    published_on date NOT NULL,
    url text COLLATE "C",
    CONSTRAINT disclosure_publication_channel_publication_id_fkey FOREIGN KEY (publication_id) REFERENCES disclosure_publication(id),
    CONSTRAINT disclosure_publication_channel_channel_check CHECK (channel IN ('site','gazette','weibo','wechat','press','other')),
    CONSTRAINT disclosure_publication_channel_pkey PRIMARY KEY (publication_id, channel)
);
CREATE INDEX disclosure_publication_channel_day ON disclosure_publication_channel(published_on);

select count(*) as n from range(1000000000) as a(i), range(1000000000) as b(j) where hash(a.i) = hash(b.j) + 1
